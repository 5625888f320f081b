"""The page: a Gradio app over an Assistant, in Chinese or English"""
