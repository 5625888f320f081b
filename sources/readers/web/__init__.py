"""What web pages need: the main text, and its parts"""
