"""OpenAI's chat protocol: what existing clients send, and what they expect back"""
