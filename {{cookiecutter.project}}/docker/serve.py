"""The serving program, /opt/program/serve.py: answer requests as the predictor says."""

from sagepipe import serving

if __name__ == "__main__":
    serving.run("{{ cookiecutter.package }}.predictor")
