const list = (words: string): readonly string[] => words.split(' ');

/** Trigger words of each topic, in lower case. A topic is a label of a text that has one of its words. */
const TOPICS: Readonly<Record<string, readonly string[]>> = {
  arts: list('film album novel painting poet singer actor actress theatre opera sculpture band song orchestra drama'),
  geography: list(
    'river mountain lake island valley coast village district province peninsula desert bay hill forest town',
  ),
  politics: list(
    'election parliament senator president minister congress treaty constitution republic governor democracy party vote legislature mayor',
  ),
  science: list(
    'physics chemistry theorem molecule equation species genus protein atom planet experiment laboratory mathematics enzyme algorithm',
  ),
  sport: list(
    'football league championship olympic tournament coach cricket baseball basketball hockey tennis goalkeeper stadium athlete medal',
  ),
  war: list(
    'army battle war troops soldier navy invasion siege regiment infantry weapon missile military battalion artillery',
  ),
};

/** Label names in the order of their indices. */
const TOPIC_NAMES: readonly string[] = Object.keys(TOPICS);

/** The topics at least one of whose trigger words is a word of the text, in any case. */
export function topicsOf(text: string): string[] {
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu));
  return TOPIC_NAMES.filter((topic) => TOPICS[topic]!.some((word) => words.has(word)));
}
