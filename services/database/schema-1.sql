-- What a cluster knows of itself.  The releases of CMS_2 make this one.
create schema mmp;

-- One row.  The secret of the engine: a joining node reads it over its
-- client-certificate connection.
create table mmp.cluster (
    version integer not null,
    secret text not null
);

-- The nodes without a database of their own, and when they last wrote.
create table mmp.client (
    address text primary key,
    seen timestamptz not null default now()
);
