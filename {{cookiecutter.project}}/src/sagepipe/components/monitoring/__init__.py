"""What has changed since training: in the data, and in how right the model is."""
