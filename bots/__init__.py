"""The wires of chat: each module carries words between one channel and the dialog engine, and holds no rule."""
