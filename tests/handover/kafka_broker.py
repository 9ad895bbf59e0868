"""A Kafka cluster in this process: librdkafka's mock cluster, which speaks the real protocol over TCP.

The wheel of confluent-kafka brings librdkafka along; what its Python part does not offer (brokers that
go away, refused requests) is called in the library itself.
"""

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

PARTITIONS = 3
BROKERS = (1, 2, 3)
PRODUCE = 0
MESSAGE_TOO_LARGE = 10
NOT_ENOUGH_REPLICAS = 19
_PRODUCER = 0


def _library() -> Any:
    package = Path(confluent_kafka.__file__).parent
    (path,) = package.with_name("confluent_kafka.libs").glob("librdkafka*.so*")
    library = ctypes.CDLL(str(path))
    for name in ("rd_kafka_new", "rd_kafka_mock_cluster_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    return library


class MockKafka:
    """Three brokers, and the topics that were named."""

    def __init__(self, *topics: str) -> None:
        self._library, errors = _library(), ctypes.create_string_buffer(512)
        handle = self._library.rd_kafka_new(_PRODUCER, None, errors, ctypes.c_size_t(512))
        assert handle, errors.value
        self._handle = ctypes.c_void_p(handle)
        cluster = self._library.rd_kafka_mock_cluster_new(self._handle, len(BROKERS))
        self._cluster = ctypes.c_void_p(cluster)
        for topic in topics:
            self._library.rd_kafka_mock_topic_create(
                self._cluster, topic.encode(), PARTITIONS, len(BROKERS)
            )

    @property
    def servers(self) -> str:
        found: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        return found.decode()

    def go_away(self) -> None:
        for broker in BROKERS:
            self._library.rd_kafka_mock_broker_set_down(self._cluster, broker)

    def come_back(self) -> None:
        for broker in BROKERS:
            self._library.rd_kafka_mock_broker_set_up(self._cluster, broker)

    def refuse(self, *errors: int) -> None:
        """Answer the next produce requests with these errors."""
        codes = (ctypes.c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, ctypes.c_int16(PRODUCE), ctypes.c_size_t(len(errors)), codes
        )

    def read(self, topic: str) -> list[Message]:
        """Return all records of a topic, partition by partition."""
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": "test"})
        found: list[Message] = []
        try:
            for number in range(PARTITIONS):
                place = TopicPartition(topic, number, OFFSET_BEGINNING)
                _, end = consumer.get_watermark_offsets(place, timeout=10)
                consumer.assign([place])
                found += self._records(consumer, end)
        finally:
            consumer.close()
        return found

    def _records(self, consumer: Consumer, count: int) -> Sequence[Message]:
        found: list[Message] = []
        while len(found) < count:
            records = consumer.consume(count - len(found), timeout=10)
            assert records, "a record that is there was not given"
            for record in records:
                assert record.error() is None, record.error()
            found += records
        return found

    def close(self) -> None:
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._handle)
