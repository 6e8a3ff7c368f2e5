"""The OpenAPI document's edges one by one, and chains of calls: what chance alone seldom meets."""

import os
from itertools import islice

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from schemathesis.generation import GenerationMode
from schemathesis.generation.stateful import run_state_machine_as_test

from tests.api.test_schema import (  # noqa: F401  (api_schema and program are fixtures)
    api_schema,
    hold_to_the_schema,
    program,
    real_parameters,
)

pytestmark = pytest.mark.once
#: Cases of one operation and kind, taken evenly from all that there are.
CASES = int(os.environ.get("EDGE_CASES", "6"))
#: No operation has so many.
MANY = 200


def edges_of(schema, operation, mode):
    """Some of the values at the bounds of each parameter and field, or just beyond them."""
    config = schema.config.generation_for(operation=operation, phase="coverage")
    every = list(
        islice(
            schema.iter_coverage_cases(
                operation, generation_modes=[mode], generation_config=config
            ),
            MANY,
        )
    )
    return every[:: max(1, len(every) // CASES)]


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_each_edge_is_answered_as_the_document_says(api_schema, program, mode):  # noqa: F811
    found = []
    for result in api_schema.get_all_operations():
        operation = result.ok()
        for case in edges_of(api_schema, operation, mode):
            if mode.is_positive:  # else the value that is wrong may be the path's
                real = real_parameters(operation)
                case.path_parameters = {**(case.path_parameters or {}), **real}
            with transaction.atomic():
                try:
                    hold_to_the_schema(case, case.call(headers=program), program)
                except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 (told by the test)
                    found.append(f"{operation.label}: {error!r}")
                finally:
                    transaction.set_rollback(True)
    assert not found, "\n\n".join(found)


def test_chains_of_calls_find_no_answer_that_breaks_the_document(api_schema, program):  # noqa: F811
    """What one call made, the next ones read, change and delete."""
    api_schema.apply_stateful_inference(None)

    class Program(api_schema.as_state_machine()):
        def setup(self):
            self.desk = transaction.atomic()
            self.desk.__enter__()

        def teardown(self):
            transaction.set_rollback(True)
            self.desk.__exit__(None, None, None)

        def get_call_kwargs(self, case):
            return {"headers": program}

        def validate_response(self, response, case, **options):
            hold_to_the_schema(case, response, program)

    run_state_machine_as_test(
        Program,
        settings=settings(
            max_examples=CASES,
            stateful_step_count=6,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
