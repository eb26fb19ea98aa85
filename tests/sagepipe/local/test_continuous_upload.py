"""Outputs of processing jobs that are uploaded while the job runs."""


class TestContinuousUpload:
    def job(self, project, body):
        step = project.processing("a", body, outputs={"o": "s3://b/o"})
        target = step["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]
        target["S3UploadMode"] = "Continuous"
        return step

    def waiting(self, project):
        return f"""
            S3 = Path({str(project.s3("s3://b/o"))!r})
            def until(ready):
                end = time.monotonic() + 60
                while not ready():
                    assert time.monotonic() < end
                    time.sleep(0.02)
        """

    def test_files_appear_and_change_while_the_job_runs(self, project):
        body = f"""{self.waiting(project)}
            (OUT / "o/deep").mkdir()
            (OUT / "o/deep/a").write_text("first")
            until(lambda: (S3 / "deep/a").exists())
            (OUT / "o/deep/a").write_text("second")
            until(lambda: (S3 / "deep/a").read_text() == "second")
            (OUT / "o/last").write_text("z")
        """
        assert project.run(self.job(project, body)).status == "Succeeded"
        assert project.s3("s3://b/o/last").read_text() == "z"

    def test_what_was_uploaded_remains_when_the_job_fails(self, project):
        body = f"""{self.waiting(project)}
            (OUT / "o/a").write_text("a")
            until(lambda: (S3 / "a").exists())
            sys.exit(1)
        """
        assert project.run(self.job(project, body)).status == "Failed"
        assert project.s3("s3://b/o/a").read_text() == "a"

    def test_what_the_job_deletes_remains(self, project):
        body = f"""{self.waiting(project)}
            (OUT / "o/a").write_text("a")
            until(lambda: (S3 / "a").exists())
            (OUT / "o/a").unlink()
            (OUT / "o/b").write_text("b")
            until(lambda: (S3 / "b").exists())
        """
        project.run(self.job(project, body))
        assert project.s3("s3://b/o/a").exists()
