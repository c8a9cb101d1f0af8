"""Answers about the past and the present; they read and change nothing."""
