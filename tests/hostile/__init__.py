"""What people, programs and labels could send to do harm, through everything that reads or shows text.

Broken HTTP requests are in tests/faults/test_http.py, the strictness of the double itself in tests/playground/slack.
"""
