"""The wire form of one message, to and from kombu.

Empty in this release; docs/explanation/architecture.md says what belongs here.
"""
