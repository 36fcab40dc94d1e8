"""The seals of the audit trail: numbers and signs committed rows, and keeps the anchors that show where the chain once stood."""

from datetime import datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from storage.types import UTCDateTime


class AnchorRow(SQLModel, table=True):
    """Where the chain stood at that time: a copy of what was told to the log and the channel. Kept as long as what it is
    about."""

    __tablename__ = "audit_anchors"

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    mac: str
    at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
