"""What pictures and scans need: OCR and what comes before it"""
