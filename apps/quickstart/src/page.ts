import { curves, heatMap, html, page, scoreTable } from '@adapterfusion/report';
import { count } from '@adapterfusion/terminal';
import type { AttentionSummary } from 'adapterfusion';
import type { Result } from './quickstart.js';
import type { Verdict } from './verdict.js';

/** The result as a page that needs no other file. */
export function resultPage(result: Result, { words, caution, next }: Verdict): string {
  const { target, labels, seed, parameters, answers, model, computed, seconds } = result;
  const { rows, table, attention } = result.table;
  const scores = table.map(({ name, metrics, trained, saved = false }) => ({
    ...{ name, trained, value: metrics['accuracy']! },
    main: saved,
  }));
  const counts = Object.entries({
    encoder: `${count(parameters.encoder)}, frozen`,
    adapters: count(parameters.adapters),
    fusion: count(parameters.fusions),
    head: count(parameters.heads),
  });
  return page({
    title: `AdapterFusion for ${target} with ${labels} labels`,
    lead: words,
    sections: [
      {
        heading: 'Methods',
        body: html`<p>${caution}</p>
          ${scoreTable(`Accuracy on ${count(rows)} test sentences about ${target}; all methods use the same ${labels} labels`, scores, rows)}`,
      },
      ...(attention ? [relies(attention)] : []),
      {
        heading: 'Learning',
        body: curves(
          'Training loss of each adapter, and of the fusion where it is trained',
          'loss',
          result.curves.map(({ name, losses }) => ({ name, values: losses })),
        ),
      },
      {
        heading: 'Three sentences',
        body: html`<div class="scroll">
          <table>
            <caption>
              Answers of the saved bundle to sentences that are in no data set
            </caption>
            <thead>
              <tr>
                <th scope="col">sentence</th>
                <th scope="col">answer</th>
                <th scope="col">certain to, %</th>
              </tr>
            </thead>
            <tbody>
              ${answers.map(
                ({ text, label, score }) =>
                  html`<tr>
                    <th scope="row">${text}</th>
                    <td>${label}</td>
                    <td>${(score * 100).toFixed(1)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>`,
      },
      {
        heading: 'Parameters',
        body: html`<dl>
          ${counts.map(
            ([name, words]) =>
              html`<dt>${name}</dt>
                <dd>${words}</dd>`,
          )}
        </dl>`,
      },
      { heading: 'What to try next', body: html`${next.map((each) => html`<p>${each}</p>`)}` },
    ],
    foot: html`Encoder <code>${model}</code>, seed ${seed}, ${computed}, ${seconds.toFixed(0)} seconds. Sentences from
      reviews of products, films and restaurants: UCI Sentiment Labelled Sentences (Kotzias et al. 2015).`,
  });
}

const relies = (attention: AttentionSummary) => ({
  heading: 'What the composition relies on',
  body: heatMap('By layer: mean weight of each adapter over the tokens of the test sentences', attention),
});
