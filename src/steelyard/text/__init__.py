"""Text: normalisation, tokenisation, shingles, edit distance, and files of lines."""
