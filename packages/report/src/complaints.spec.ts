import { parse, type DefaultTreeAdapterTypes } from 'parse5';

/** What a parser has against a page: its errors, and every element that it had to close itself. */
export function complaints(text: string): string[] {
  const found: string[] = [];
  const document = parse(text, {
    sourceCodeLocationInfo: true,
    onParseError: ({ code, startLine }) => found.push(`${code} in line ${startLine}`),
  });
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node && !/^(meta|line|rect|polyline)$/.test(node.tagName) && !node.sourceCodeLocation?.endTag)
      found.push(`<${node.tagName}> is not closed`);
    if ('childNodes' in node) node.childNodes.forEach(visit);
  };
  visit(document);
  return found;
}
