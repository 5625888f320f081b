"""One process that serves: the HTTP API, OpenAI's chat protocol, and the page"""
