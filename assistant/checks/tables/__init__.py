"""Tables as evidence: does a sentence say of a cell what its row, its headers, its caption and its unit say?"""
