"""MCP: the assistant as tools of the Model Context Protocol, for programs with a model of their own"""
