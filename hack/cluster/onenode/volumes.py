"""A default StorageClass and a few volumes: folders of this machine, for claims to bind to.

There is no provisioner: the volumes are made beforehand, and one that its claim has left is emptied
of its claim (never of its content) by the next `up`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

CLASS: Final = "node-folder"
COUNT: Final = 4
SIZE: Final = "100Gi"
"""What claims may ask for; nothing is reserved."""


def make_folders(folder: Path) -> list[Path]:
    """Makes the volumes' folders, for pods of any user to write to."""
    folders = [folder / f"volume-{number}" for number in range(1, COUNT + 1)]
    for path in folders:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o777)
    return folders


def manifests(folders: list[Path]) -> dict[str, Any]:
    """The StorageClass and the volumes, as one list."""
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [_storage_class(), *(_volume(path) for path in folders)],
    }


def _storage_class() -> dict[str, Any]:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "Immediate",
    }


def _volume(path: Path) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": path.name},
        "spec": {
            "storageClassName": CLASS,
            "capacity": {"storage": SIZE},
            "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": str(path), "type": "Directory"},
        },
    }
