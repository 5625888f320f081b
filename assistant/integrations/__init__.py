"""Other frameworks' forms of an Assistant"""
