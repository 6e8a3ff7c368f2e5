"""On MariaDB: copies of the first rows lie beside the tables; foreign keys are looked at afterwards."""

from tests import first_rows


def remember():
    first_rows.remember(
        lambda table: f"`first_{table}`",
        before=["SET FOREIGN_KEY_CHECKS = 0"],
        after=["SET FOREIGN_KEY_CHECKS = 1"],
    )
