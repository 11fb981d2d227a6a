"""Check a brought-along text and keep the result: a run that can be opened, shared and compared later."""

from __future__ import annotations

from dataclasses import dataclass

from server.application.ports import UnitOfWorkFactory
from server.application.start_run import ready_paper
from server.application.start_text import StartText, TextRequest
from server.domain.ids import LOCAL_WORKSPACE, PaperId, WorkspaceId
from server.domain.runs import Run


@dataclass(frozen=True)
class RecordText:
    """Records the run of one text, over as soon as it is there, and tells its events."""

    unit_of_work: UnitOfWorkFactory
    start_text: StartText

    async def __call__(
        self, paper_id: PaperId, request: TextRequest, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE
    ) -> Run:
        """
        Raises:
            NotFoundError, ConflictError: as for a run.
            InvalidRequestError: nothing to check, or too much.
        """
        async with self.unit_of_work() as uow:
            paper = await ready_paper(uow, paper_id, workspace_id)
        run = await self.start_text.prepare(request, paper)
        async with self.unit_of_work() as uow:
            await uow.runs.add(run)
            await uow.commit()
        await self.start_text.tell(run)
        return run
