"""The public test kit: manual clock, joined client and server pair, simulator fixture."""
