"""What steps may ask for and what they leave: tables to be read beside AWS's API reference."""
