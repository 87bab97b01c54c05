"""The application: everything a person or a program touches."""
