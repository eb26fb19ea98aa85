"""The team's own code: columns, expectations, components, pipelines, serving."""
