"""The local model registry: versioned model packages in groups.

Source: CreateModelPackage, DescribeModelPackage, UpdateModelPackage.
"""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from sagepipe.contract import limits, names
from sagepipe.local import state
from sagepipe.local.errors import LocalError, StepError, UnknownExecutionError
from sagepipe.local.records import ModelPackage
from sagepipe.local.settings import arn
from sagepipe.local.storage import Storage


class ModelRegistry:
    """Model packages by group and version.

    Args:
        connection: The database.
        storage: Where model data lies.
    """

    def __init__(self, connection: sqlite3.Connection, storage: Storage) -> None:
        self._connection = connection
        self._storage = storage

    def register(self, arguments: Mapping[str, Any], execution_id: str, step: str) -> ModelPackage:
        """Add the next version to a group; the group comes to be with its first version.

        Args:
            arguments: CreateModelPackage's.
            execution_id: The execution that asks.
            step: The step that asks.

        Returns:
            The model package.

        Raises:
            StepError: The group's name is none, or the model data isn't there.
        """
        group = arguments["ModelPackageGroupName"]
        if not names.ENTITY_NAME.fullmatch(str(group)):
            raise StepError(f"{group!r} is no model package group's name: letters, digits, hyphens")
        for key in arguments.get("CustomerMetadataProperties") or {}:
            if len(key) > limits.CUSTOM_METADATA_KEY:
                raise StepError(
                    f"CustomerMetadataProperties: {key!r} is longer than "
                    f"{limits.CUSTOM_METADATA_KEY} characters"
                )
        urls = [
            container["ModelDataUrl"]
            for container in arguments["InferenceSpecification"]["Containers"]
            if container.get("ModelDataUrl")
        ]
        for url in urls:
            if not self._storage.path(url).is_file():
                raise StepError(f"Could not find model data at {url}")
        with state.transaction(self._connection):
            (last,) = self._connection.execute(
                "SELECT max(version) FROM model_packages WHERE group_name = ?", [group]
            ).fetchone()
            version = (last or 0) + 1
            state.insert(
                self._connection,
                "model_packages",
                {
                    "group_name": group,
                    "version": version,
                    "arn": arn(f"model-package/{group}/{version}"),
                    "status": "Completed",
                    "approval_status": arguments.get("ModelApprovalStatus", names.APPROVALS[-1]),
                    "model_data_url": urls[0] if urls else None,
                    "created": state.now(),
                    "execution_id": execution_id,
                    "step": step,
                    "arguments": arguments,
                },
            )
        return self.get(group, version)

    def get(self, group: str, version: int) -> ModelPackage:
        """Find a model package.

        Args:
            group: Its group.
            version: Its version.

        Returns:
            The model package.

        Raises:
            UnknownExecutionError: There is none.
        """
        found = self._select("WHERE group_name = ? AND version = ?", [group, version])
        if not found:
            raise UnknownExecutionError(f"there is no model package {group}/{version}")
        return found[0]

    def packages(self, group: str | None = None) -> list[ModelPackage]:
        """List model packages.

        Args:
            group: Only this group's.

        Returns:
            The newest first.
        """
        if group is None:
            return self._select("", [])
        return self._select("WHERE group_name = ?", [group])

    def approve(self, group: str, version: int, approval: str) -> ModelPackage:
        """Set a model package's approval status.

        Args:
            group: Its group.
            version: Its version.
            approval: Approved, Rejected or PendingManualApproval.

        Returns:
            The model package as it is now.

        Raises:
            LocalError: It isn't there, or the status is none.
        """
        if approval not in names.APPROVALS:
            raise LocalError(f"{approval!r} is no approval status: {', '.join(names.APPROVALS)}")
        key = {"group_name": group, "version": version}
        state.update(self._connection, "model_packages", key, {"approval_status": approval})
        return self.get(group, version)

    def _select(self, condition: str, values: list[Any]) -> list[ModelPackage]:
        rows = self._connection.execute(
            f"SELECT * FROM model_packages {condition} ORDER BY created DESC, version DESC", values
        )
        return [self._package(row) for row in rows]

    def _package(self, row: sqlite3.Row) -> ModelPackage:
        arguments = json.loads(row["arguments"])
        url = row["model_data_url"]
        created = state.time(row["created"])
        assert created is not None
        return ModelPackage(
            group=row["group_name"],
            version=row["version"],
            arn=row["arn"],
            status=row["status"],
            approval=row["approval_status"],
            model_data_url=url,
            model_data=self._storage.path(url) if url else None,
            metadata=arguments.get("CustomerMetadataProperties") or {},
            created=created,
            execution_id=row["execution_id"],
            step=row["step"],
            arguments=arguments,
        )
