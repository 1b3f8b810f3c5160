import { distil } from './distil.js';
import { exportStudent } from './export.js';
import { measureHeldOut } from './measure.js';
import type { Prepared } from './prepare.js';
import type { Workshop } from './recipe.js';
import { newestStudent } from './saved-student.js';
import { teach } from './teach.js';

export interface Stage {
  readonly description: string;
  /** @throws ABORTED when it is asked to stop */
  run(workshop: Workshop, prepared: Prepared, out: string): Promise<void>;
}

/** The stages in their order, each with those before it. */
export const STAGES = {
  vocabulary: { description: 'cuts the vocabulary and draws the rows', run: async () => undefined },
  teach: {
    description: 'lets the teacher read every row',
    run: async (workshop, prepared) => void (await teach(workshop, prepared)),
  },
  distil: {
    description: 'trains the student',
    run: async (workshop, prepared) => distil(workshop, prepared, await teach(workshop, prepared)),
  },
  measure: {
    description: 'measures the newest checkpoint on rows that were held out',
    run: async (workshop, prepared) => {
      const targets = await teach(workshop, prepared);
      const student = await newestStudent(workshop, prepared, targets.teacher);
      const found = await measureHeldOut(workshop, prepared, targets, student);
      workshop.report(
        `held out, step ${student.step}: states ${found.states.toFixed(4)}, ` +
          `similarity ${found.similarity.toFixed(5)}, words ${found.words.toFixed(3)}`,
      );
    },
  },
  export: {
    description: 'writes the newest checkpoint as a package, with its card',
    run: async (workshop, prepared, out) => exportStudent(workshop, prepared, await teach(workshop, prepared), out),
  },
  make: {
    description: 'all of it',
    run: async (workshop, prepared, out) => {
      const targets = await teach(workshop, prepared);
      await distil(workshop, prepared, targets);
      await exportStudent(workshop, prepared, targets, out);
    },
  },
} as const satisfies { readonly [name: string]: Stage };

export type StageName = keyof typeof STAGES;
