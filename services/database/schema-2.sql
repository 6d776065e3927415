-- CMS_3: since when a client has been using this cluster.
alter table mmp.client add column since timestamptz not null default now();
