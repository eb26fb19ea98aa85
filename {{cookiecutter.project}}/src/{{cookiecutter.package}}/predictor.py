"""What serving does with a request: load the model once, then parse, predict and format.

These are the defaults. To change one, leave it out of the import and define it here; the others
stay as they are.
{%- if cookiecutter.task == "classification" %}
For example, to call a flight late from a probability of 0.3 on:

    def predict(model: Model, columns: Columns) -> Predictions:
        predictions = serving.predict(model, columns)
        late = predictions.probability_of(1) >= 0.3
        return replace(predictions, values=predictions.classes[late.astype(int)])
{%- else %}
For example, to answer in hours:

    def predict(model: Model, columns: Columns) -> Predictions:
        predictions = serving.predict(model, columns)
        return replace(predictions, values=predictions.values / 60)
{%- endif %}
"""

from sagepipe.serving import format, load, parse, predict

__all__ = ["format", "load", "parse", "predict"]
