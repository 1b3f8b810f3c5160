/**
 * How many tokens of a pair are kept by longest-first truncation, as the fast tokenizers of Hugging Face cut: the longer
 * text gives way first; when both must, each keeps half of the room, and an odd token goes to the one that was longer
 * (the second where both were equal).
 * @param room tokens there is room for, special tokens not counted
 * @returns tokens kept of the first and of the second text
 */
export function longestFirst(first: number, second: number, room: number): [first: number, second: number] {
  if (first + second <= room) return [first, second];
  const swap = first > second;
  const shorter = swap ? second : first;
  const half = Math.floor(room / 2);
  const kept: [number, number] = 2 * shorter <= room ? [shorter, room - shorter] : [half, room - half];
  return swap ? [kept[1], kept[0]] : kept;
}
