"""What the operator is allowed to do in Kubernetes: the table that the chart's roles are held to.

Add a verb here and in the chart's templates/rbac.yaml together with the call that needs it.
"""

from typing import Final

from voicejob_api import names

Rights = dict[tuple[str, str], frozenset[str]]
"""Verbs by API group and resource."""

IN_SERVED_NAMESPACES: Final[Rights] = {
    (names.GROUP, "voicejobs"): frozenset({"get", "list", "watch", "delete"}),
    (names.GROUP, "voicejobs/status"): frozenset({"patch"}),
    ("batch", "jobs"): frozenset({"get", "list", "watch", "create", "patch", "delete"}),
    ("", "pods"): frozenset({"list", "watch"}),
    # Never get, list, watch or patch, all of which are answered with a Secret's content.
    ("", "secrets"): frozenset({"create", "update", "delete"}),
    ("", "events"): frozenset({"create", "list", "watch"}),
}
"""In every namespace, or in each of ``watchNamespaces``."""

FOR_CLAIMS: Final[Rights] = {
    ("resource.k8s.io", "resourceclaimtemplates"): frozenset({"create", "delete"}),
}
"""In the same namespaces: of VoiceJobs whose GPU comes by dynamic resource allocation."""

FOR_QUEUES: Final[Rights] = {
    ("kueue.x-k8s.io", "workloads"): frozenset({"list", "watch", "patch"}),
}
"""In the same namespaces: why a VoiceJob is queued, and holding back what is suspended."""

FOR_DISCOVERY: Final[Rights] = {
    ("", "nodes"): frozenset({"list", "watch"}),
    ("resource.k8s.io", "deviceclasses"): frozenset({"list", "watch"}),
    ("resource.k8s.io", "resourceslices"): frozenset({"list", "watch"}),
}
"""In the whole cluster, unless ``gpu.discovery`` is false: what there is to give GPUs with."""

FOR_DEFINITION: Final[Rights] = {
    ("apiextensions.k8s.io", "customresourcedefinitions"): frozenset({"get"})
}
"""Of VoiceJobs' own definition, where there is a ClusterRole: whether it fits this operator."""

FOR_LEADERSHIP: Final[Rights] = {
    ("coordination.k8s.io", "leases"): frozenset({"get", "create", "update"}),
}
"""In ``leaderElection.namespace``, or in each of ``watchNamespaces``."""

FOR_OTHER_HOLDERS: Final[Rights] = {
    ("coordination.k8s.io", "leases"): frozenset({"list", "watch"}),
}
"""In the whole cluster, of Leases of the operator's name: who has an operator of its own."""

FOR_IDENTITY: Final[Rights] = {("", "namespaces"): frozenset({"get"})}
"""Of one namespace by its name: kube-system, or with ``watchNamespaces`` the operator's own."""

FOR_OBSERVED_MEMORY: Final[Rights] = {
    ("", "configmaps"): frozenset({"get", "create", "update"}),
}
"""In the operator's own namespace, get and update of the ConfigMap of that name alone: what
VoiceJobs have needed of GPUs' memory. Without it that is learned anew by each process."""

FOR_LABELLED_SECRETS: Final[Rights] = {("", "secrets"): frozenset({"get"})}
"""Beside the others in the served namespaces, and only with ``textFromSecrets: Labelled``: there is
no right to a Secret's metadata that is not one to its content."""
