"""Pages: words by their places, to lines, columns and tables"""
