"""Files that hold files: ZIP, OLE, and the XML in them"""
