"""What readers of Word documents need"""
