import type * as AcceptModule from '../../../shared/sending/accept.ts';
import type * as AgainModule from '../../../shared/sending/again.ts';
import type * as DecideModule from '../../../shared/sending/decide.ts';
import type * as MachineModule from '../../../shared/sending/machine.ts';
import type * as RunModule from '../../../shared/sending/run.ts';
import type * as UndoModule from '../../../shared/sending/undo.ts';

/** What is under test; a mutant brings its own. */
export interface Protocol {
  readonly acceptSend: typeof AcceptModule.acceptSend;
  readonly runSend: typeof RunModule.runSend;
  readonly decideSend: typeof DecideModule.decideSend;
  readonly sendAgain: typeof AgainModule.sendAgain;
  readonly undoSend: typeof UndoModule.undoSend;
  readonly sendByMachine: typeof MachineModule.sendByMachine;
}

/** The protocol as it stands in `shared/`, or as a loader serves it under another name of its modules. */
export async function loadProtocol(folder: string, suffix = ''): Promise<Protocol> {
  const { acceptSend }: typeof AcceptModule = await import(`${folder}accept.ts${suffix}`);
  const { runSend }: typeof RunModule = await import(`${folder}run.ts${suffix}`);
  const { decideSend }: typeof DecideModule = await import(`${folder}decide.ts${suffix}`);
  const { sendAgain }: typeof AgainModule = await import(`${folder}again.ts${suffix}`);
  const { undoSend }: typeof UndoModule = await import(`${folder}undo.ts${suffix}`);
  const { sendByMachine }: typeof MachineModule = await import(`${folder}machine.ts${suffix}`);
  return { acceptSend, runSend, decideSend, sendAgain, undoSend, sendByMachine };
}
