


SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;


CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);



CREATE TABLE public.calls (
    ref character varying NOT NULL,
    key character varying NOT NULL,
    command character varying NOT NULL,
    surface character varying NOT NULL,
    user_id character varying NOT NULL,
    channel character varying,
    thread_ts character varying,
    arguments json NOT NULL,
    response_url text,
    state character varying NOT NULL,
    attempt integer NOT NULL,
    lease_holder character varying,
    lease_until timestamp with time zone,
    received_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    result json,
    error text
);



CREATE TABLE public.direct_channels (
    user_id character varying NOT NULL,
    channel character varying NOT NULL
);



CREATE TABLE public.job_runs (
    job character varying NOT NULL,
    due_at timestamp with time zone NOT NULL,
    holder character varying NOT NULL,
    claimed_until timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    result character varying
);



CREATE TABLE public.leases (
    name character varying NOT NULL,
    holder character varying NOT NULL,
    token bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL
);



CREATE TABLE public.messages (
    id bigint NOT NULL,
    key character varying NOT NULL,
    lane character varying NOT NULL,
    channel character varying,
    person character varying,
    fallback character varying,
    response_url text,
    response_expires_at timestamp with time zone,
    response_uses integer NOT NULL,
    parent_key character varying,
    thread_ts character varying,
    priority integer NOT NULL,
    view character varying,
    object_id character varying,
    body text,
    file_name character varying,
    file_title character varying,
    file_data bytea,
    file_id character varying,
    removed boolean NOT NULL,
    wanted bigint NOT NULL,
    shown bigint NOT NULL,
    shown_hash character varying,
    shown_in character varying,
    ts character varying,
    state character varying NOT NULL,
    due_at timestamp with time zone,
    queued_at timestamp with time zone NOT NULL,
    claim bigint,
    claimed_at timestamp with time zone,
    unsure_since timestamp with time zone,
    attempts integer NOT NULL,
    last_error text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);



CREATE SEQUENCE public.messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;



ALTER SEQUENCE public.messages_id_seq OWNED BY public.messages.id;



CREATE TABLE public.people (
    user_id character varying NOT NULL,
    name character varying NOT NULL,
    zone character varying NOT NULL,
    full_member boolean NOT NULL,
    learnt_at timestamp with time zone NOT NULL
);



CREATE TABLE public.sandboxes (
    id character varying NOT NULL,
    request_ref character varying NOT NULL,
    name character varying NOT NULL,
    owner character varying NOT NULL,
    owner_name character varying NOT NULL,
    team character varying NOT NULL,
    size character varying NOT NULL,
    purpose text NOT NULL,
    namespace character varying NOT NULL,
    namespace_uid character varying,
    state character varying NOT NULL,
    wanted boolean NOT NULL,
    version integer NOT NULL,
    problem text,
    failures integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    unwanted_at timestamp with time zone,
    look_at timestamp with time zone,
    claimed_until timestamp with time zone
);



ALTER TABLE ONLY public.messages ALTER COLUMN id SET DEFAULT nextval('public.messages_id_seq'::regclass);



INSERT INTO public.alembic_version VALUES ('0003');



INSERT INTO public.calls VALUES ('c-2pmretu6ep', 'slash:5803088636546.2659382998342.56141ff7f192e051fb4d2dd8d0e48cab', 'sandbox.create', 'slash', 'U0E41ALLCEW', 'C0IUS1DEUQ4', NULL, '{"size":"large","purpose":"spring sale, \u00f6 & <b>","name":"checkout"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:16:36.914904+00', '2026-11-23 09:16:36.958611+00', '{"id": "h29c76ae", "name": "checkout", "state": "requested", "owner": "U0E41ALLCEW", "owner_name": "ada", "team": "default", "size": "large", "purpose": "spring sale, \u00f6 & <b>", "namespace": "sbx-default-checkout-aq8v", "created_at": "2026-11-23T09:16:36.943936Z", "expires_at": "2026-11-26T09:16:36.943936Z", "problem": null, "version": 1}', NULL);
INSERT INTO public.calls VALUES ('c-gg2kw5mcen', 'slash:6749945895528.6121729588167.2c881578943dc3a408fcc56d67ed86fe', 'sandbox.create', 'slash', 'U0E41ALLCEW', 'C0IUS1DEUQ4', NULL, '{"name":"gone"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:16:38.033973+00', '2026-11-23 09:16:38.066263+00', '{"id": "q883wm5k", "name": "gone", "state": "requested", "owner": "U0E41ALLCEW", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-9rdx", "created_at": "2026-11-23T09:16:38.050968Z", "expires_at": "2026-11-26T09:16:38.050968Z", "problem": null, "version": 1}', NULL);
INSERT INTO public.calls VALUES ('c-fru494gk7z', 'slash:8525242557878.2982226790338.6907318dfb59bbc2b6090cbdbfa78ae7', 'sandbox.delete', 'slash', 'U0E41ALLCEW', 'C0IUS1DEUQ4', NULL, '{"sandbox":"gone"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:16:39.123188+00', '2026-11-23 09:16:39.137661+00', '{"id": "q883wm5k", "name": "gone", "state": "deleting", "owner": "U0E41ALLCEW", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-9rdx", "created_at": "2026-11-23T09:16:38.050968Z", "expires_at": "2026-11-26T09:16:38.050968Z", "problem": null, "version": 4}', NULL);
INSERT INTO public.calls VALUES ('c-s7rf3d8r4p', 'slash:7219861772688.9076077432928.fac17234a5f5f1f108e756c591c19f11', 'sandbox.create', 'slash', 'U0E41ALLCEW', 'C0IUS1DEUQ4', NULL, '{"name":"stuck"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:16:41.193944+00', '2026-11-23 09:16:41.230649+00', '{"id": "t6w8ftsp", "name": "stuck", "state": "requested", "owner": "U0E41ALLCEW", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-stuck-9cky", "created_at": "2026-11-23T09:16:41.209186Z", "expires_at": "2026-11-26T09:16:41.209186Z", "problem": null, "version": 1}', NULL);
INSERT INTO public.calls VALUES ('c-xk23g68spz', 'slash:6392907550966.4294271751420.06d3f3babc38fb40686b861311597e63', 'sandbox.create', 'slash', 'U0E41ALLCEW', 'C0IUS1DEUQ4', NULL, '{"name":"unsaid"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:16:41.276674+00', '2026-11-23 09:16:41.312659+00', '{"id": "cmeymfyb", "name": "unsaid", "state": "requested", "owner": "U0E41ALLCEW", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-unsaid-caqt", "created_at": "2026-11-23T09:16:41.295518Z", "expires_at": "2026-11-26T09:16:41.295518Z", "problem": null, "version": 1}', NULL);
INSERT INTO public.calls VALUES ('c-44nb47a3fm', 'slash:9569184931933.3736652796307.0a4aa1653285532ddfa50bb141e33383', 'sandbox.create', 'slash', 'U0K8XYDDKG6', 'C0IUS1DEUQ4', NULL, '{"name":"later"}', 'gAAAAABrBAR6JCskyRUosj7K38v6TzwRKVmcy7TcjDH9ZGTp3KxR1pOrxNolA-69-kJKkcfeIPOmfNKDg9e-i9LKKm4PiFmeCLrN63wqGOaUcA5XrEInHQG-4awDHCHsvEPQsI5AOdJZ_wKy6CLZ7p6ErusDKBeWc9DfqvlXyrJyAkjS4vdwE3Q=', 'accepted', 1, 'replica:20460:9y3ae3', '2026-11-23 09:16:44.865597+00', '2026-11-23 09:16:42.30345+00', NULL, NULL, NULL);



INSERT INTO public.direct_channels VALUES ('U0E41ALLCEW', 'D09BW55DD8C');



INSERT INTO public.job_runs VALUES ('bot.housekeeping', '2026-11-23 03:17:00+00', 'replica:20460:9y3ae3', '2026-11-23 09:17:36.863473+00', '2026-11-23 09:16:36.863473+00', 'skipped');



INSERT INTO public.leases VALUES ('outbox', 'replica:20460:9y3ae3', 1, '2026-11-23 09:16:44.892425+00');



INSERT INTO public.messages VALUES (2, 'call:c-2pmretu6ep:answer', 'response:call:c-2pmretu6ep:answer', NULL, 'U0E41ALLCEW', NULL, NULL, '2026-11-23 09:46:36.914904+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *checkout*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *checkout*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 09:16:36.963422+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:16:36.963422+00', '2026-11-23 09:16:37.00519+00');
INSERT INTO public.messages VALUES (1, 'sandbox:h29c76ae:card', 'channel:C0IUS1DEUQ4', 'C0IUS1DEUQ4', NULL, 'U0E41ALLCEW', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 'h29c76ae', NULL, NULL, NULL, NULL, NULL, false, 3, 3, 'f3f270ac1f6e648a6db090995298f7a0', 'C0IUS1DEUQ4', '1795425396.992768', 'shown', NULL, '2026-11-23 09:16:36.952431+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:16:36.952431+00', '2026-11-23 09:16:38.023036+00');
INSERT INTO public.messages VALUES (4, 'call:c-gg2kw5mcen:answer', 'response:call:c-gg2kw5mcen:answer', NULL, 'U0E41ALLCEW', NULL, NULL, '2026-11-23 09:46:38.033973+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *gone*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *gone*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 09:16:38.069779+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:16:38.069779+00', '2026-11-23 09:16:38.106491+00');
INSERT INTO public.messages VALUES (5, 'call:c-fru494gk7z:answer', 'response:call:c-fru494gk7z:answer', NULL, 'U0E41ALLCEW', NULL, NULL, '2026-11-23 09:46:39.123188+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Deleting *gone* and everything in it.","blocks":[{"text":{"text":":wastebasket: Deleting *gone* and everything in it.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 09:16:39.140376+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:16:39.140376+00', '2026-11-23 09:16:39.164421+00');
INSERT INTO public.messages VALUES (3, 'sandbox:q883wm5k:card', 'channel:C0IUS1DEUQ4', 'C0IUS1DEUQ4', NULL, 'U0E41ALLCEW', NULL, NULL, 0, NULL, NULL, 3, 'sandbox.card', 'q883wm5k', NULL, NULL, NULL, NULL, NULL, false, 5, 5, '22955b33dc2597c6e8ef4085e08cd9ef', 'C0IUS1DEUQ4', '1795425398.100564', 'shown', NULL, '2026-11-23 09:16:41.171644+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:16:38.060264+00', '2026-11-23 09:16:41.200176+00');
INSERT INTO public.messages VALUES (6, 'hello', 'person:U0E41ALLCEW', NULL, 'U0E41ALLCEW', NULL, NULL, NULL, 0, NULL, NULL, 1, NULL, NULL, '{"text":"hello"}', NULL, NULL, NULL, NULL, false, 1, 1, 'cbbbdcd27692344de5dbab3abcaba413', 'D09BW55DD8C', '1795425401.234301', 'shown', NULL, '2026-11-23 09:16:41.190509+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:16:41.190509+00', '2026-11-23 09:16:41.245589+00');
INSERT INTO public.messages VALUES (8, 'call:c-s7rf3d8r4p:answer', 'response:call:c-s7rf3d8r4p:answer', NULL, 'U0E41ALLCEW', NULL, NULL, '2026-11-23 09:46:41.193944+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *stuck*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *stuck*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 09:16:41.235086+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:16:41.235086+00', '2026-11-23 09:16:41.266299+00');
INSERT INTO public.messages VALUES (10, 'call:c-xk23g68spz:answer', 'response:call:c-xk23g68spz:answer', NULL, 'U0E41ALLCEW', NULL, NULL, '2026-11-23 09:46:41.276674+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *unsaid*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *unsaid*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 09:16:41.315983+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:16:41.315983+00', '2026-11-23 09:16:41.344295+00');
INSERT INTO public.messages VALUES (7, 'sandbox:t6w8ftsp:card', 'channel:C0IUS1DEUQ4', 'C0IUS1DEUQ4', NULL, 'U0E41ALLCEW', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 't6w8ftsp', NULL, NULL, NULL, NULL, NULL, false, 3, 1, 'b346d200b555ebf619f75705307ea902', 'C0IUS1DEUQ4', '1795425401.257178', 'waiting', '2026-11-23 09:16:45.425939+00', '2026-11-23 09:16:41.219244+00', NULL, NULL, NULL, 2, 'chat.update: HTTP 500 instead of an answer', '2026-11-23 09:16:41.219244+00', '2026-11-23 09:16:43.201422+00');
INSERT INTO public.messages VALUES (9, 'sandbox:cmeymfyb:card', 'channel:C0IUS1DEUQ4', 'C0IUS1DEUQ4', NULL, 'U0E41ALLCEW', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 'cmeymfyb', NULL, NULL, NULL, NULL, NULL, false, 3, 0, NULL, NULL, NULL, 'waiting', '2026-11-23 09:16:44.940398+00', '2026-11-23 09:16:41.309002+00', NULL, NULL, '2026-11-23 09:16:42.363231+00', 2, 'chat.postMessage: HTTP 500 instead of an answer', '2026-11-23 09:16:41.309002+00', '2026-11-23 09:16:43.341268+00');



INSERT INTO public.people VALUES ('U0E41ALLCEW', 'ada', 'Europe/Berlin', true, '2026-11-23 09:16:36.919963+00');



INSERT INTO public.sandboxes VALUES ('h29c76ae', 'c-2pmretu6ep', 'checkout', 'U0E41ALLCEW', 'ada', 'default', 'large', 'spring sale, ö & <b>', 'sbx-default-checkout-aq8v', '2d288134-cdf7-4791-b093-b844e941b4db', 'ready', true, 3, NULL, 0, '2026-11-23 09:16:36.943936+00', '2026-11-26 09:16:36.943936+00', NULL, '2026-11-23 09:26:37.052159+00', NULL);
INSERT INTO public.sandboxes VALUES ('q883wm5k', 'c-gg2kw5mcen', 'gone', 'U0E41ALLCEW', 'ada', 'default', 'small', '', 'sbx-default-gone-9rdx', '82e7c5b0-68f0-4d70-a90f-77b8fc25198f', 'deleted', false, 6, NULL, 0, '2026-11-23 09:16:38.050968+00', '2026-11-26 09:16:38.050968+00', '2026-11-23 09:16:39.130008+00', NULL, NULL);
INSERT INTO public.sandboxes VALUES ('cmeymfyb', 'c-xk23g68spz', 'unsaid', 'U0E41ALLCEW', 'ada', 'default', 'small', '', 'sbx-default-unsaid-caqt', NULL, 'provisioning', true, 4, 'The cluster is not available right now; I keep trying.', 2, '2026-11-23 09:16:41.295518+00', '2026-11-26 09:16:41.295518+00', NULL, '2026-11-23 09:16:47.393857+00', NULL);
INSERT INTO public.sandboxes VALUES ('t6w8ftsp', 'c-s7rf3d8r4p', 'stuck', 'U0E41ALLCEW', 'ada', 'default', 'small', '', 'sbx-default-stuck-9cky', NULL, 'provisioning', true, 4, 'The cluster is not available right now; I keep trying.', 2, '2026-11-23 09:16:41.209186+00', '2026-11-26 09:16:41.209186+00', NULL, '2026-11-23 09:16:47.398225+00', NULL);



SELECT pg_catalog.setval('public.messages_id_seq', 10, true);



ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);



ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_key_key UNIQUE (key);



ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_pkey PRIMARY KEY (ref);



ALTER TABLE ONLY public.direct_channels
    ADD CONSTRAINT direct_channels_pkey PRIMARY KEY (user_id);



ALTER TABLE ONLY public.job_runs
    ADD CONSTRAINT job_runs_pkey PRIMARY KEY (job, due_at);



ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);



ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_key_key UNIQUE (key);



ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (user_id);



ALTER TABLE ONLY public.sandboxes
    ADD CONSTRAINT sandboxes_namespace_key UNIQUE (namespace);



ALTER TABLE ONLY public.sandboxes
    ADD CONSTRAINT sandboxes_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.sandboxes
    ADD CONSTRAINT sandboxes_request_ref_key UNIQUE (request_ref);



CREATE INDEX ix_calls_live ON public.calls USING btree (lease_until) WHERE (lease_until IS NOT NULL);



CREATE INDEX ix_calls_received_at ON public.calls USING btree (received_at);



CREATE INDEX ix_messages_claimed ON public.messages USING btree (claim) WHERE (claim IS NOT NULL);



CREATE INDEX ix_messages_due ON public.messages USING btree (due_at) WHERE (due_at IS NOT NULL);



CREATE INDEX ix_messages_parent_key ON public.messages USING btree (parent_key) WHERE (parent_key IS NOT NULL);



CREATE INDEX ix_messages_ts ON public.messages USING btree (ts) WHERE (ts IS NOT NULL);



CREATE INDEX ix_messages_updated_at ON public.messages USING btree (updated_at);



CREATE INDEX ix_sandboxes_look_at ON public.sandboxes USING btree (look_at);



CREATE INDEX ix_sandboxes_owner ON public.sandboxes USING btree (owner);



CREATE UNIQUE INDEX uq_sandboxes_team_name ON public.sandboxes USING btree (team, name) WHERE wanted;




