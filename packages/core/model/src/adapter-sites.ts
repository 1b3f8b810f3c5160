import {
  AdapterFusionError,
  identityOf,
  type Adapter,
  type AnyConfigured,
  type Backbone,
  type Site,
} from '@adapterfusion/contracts';

/**
 * The sites of a backbone where an adapter acts.
 * @param name of the adapter, for messages
 * @throws SITE_UNSUPPORTED where there is none; PLUGIN_INVALID for a method that has not what a site asks for
 */
export function adapterSites(
  name: string,
  configured: AnyConfigured<'adapter'>,
  instance: Adapter,
  backbone: Backbone,
): Site[] {
  const { roles } = configured.plugin.supports;
  const sites = backbone.sites.filter((site) => roles.includes(site.role) && instance.actsAt(site));
  if (sites.length === 0)
    throw new AdapterFusionError('SITE_UNSUPPORTED', {
      at: name,
      expected: `a backbone with a site that "${configured.plugin.id}" acts at`,
      got: `sites of ${backbone.modelType}: ${[...new Set(backbone.sites.map((site) => site.location))].join(', ')}`,
      fix: 'Check leave_out and the locations in the options.',
    });
  const lacking = sites.find(({ role }) => role === 'attention' && !instance.attention);
  if (lacking)
    throw new AdapterFusionError('PLUGIN_INVALID', {
      at: identityOf(configured.plugin),
      expected: `"attention" of an adapter that acts at ${lacking.name}`,
      got: 'none',
      fix: 'Report it to the author of the package.',
    });
  return sites;
}
