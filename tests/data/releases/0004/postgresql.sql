


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
    error text,
    limits text,
    problem text
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



CREATE TABLE public.tokens (
    id character varying NOT NULL,
    secret_hash bytea NOT NULL,
    name character varying NOT NULL,
    owner character varying NOT NULL,
    permissions text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone
);



ALTER TABLE ONLY public.messages ALTER COLUMN id SET DEFAULT nextval('public.messages_id_seq'::regclass);



INSERT INTO public.alembic_version VALUES ('0004');



INSERT INTO public.calls VALUES ('c-gh7x67apqg', 'slash:2593256422247.1452243013439.29d1f94a44ec1eca8c85fd4265f61c2c', 'sandbox.create', 'slash', 'U0JJ1BO8SHF', 'C0XGI6NSOQ0', NULL, '{"size":"large","purpose":"spring sale, \u00f6 & <b>","name":"checkout"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:02:50.133516+00', '2026-11-23 09:02:50.29461+00', '{"id": "s4gv3hcs", "name": "checkout", "state": "requested", "owner": "U0JJ1BO8SHF", "owner_name": "ada", "team": "default", "size": "large", "purpose": "spring sale, \u00f6 & <b>", "namespace": "sbx-default-checkout-7h72", "created_at": "2026-11-23T09:02:50.231306Z", "expires_at": "2026-11-26T09:02:50.231306Z", "problem": null, "version": 1}', NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-hxwu9kthpq', 'slash:38229546635.8015643401380.e75a583245b809ed6f580d8629509b7f', 'sandbox.create', 'slash', 'U0JJ1BO8SHF', 'C0XGI6NSOQ0', NULL, '{"name":"gone"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:02:51.400662+00', '2026-11-23 09:02:51.441952+00', '{"id": "rph5kgb7", "name": "gone", "state": "requested", "owner": "U0JJ1BO8SHF", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-mb6u", "created_at": "2026-11-23T09:02:51.424368Z", "expires_at": "2026-11-26T09:02:51.424368Z", "problem": null, "version": 1}', NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-awdrzwaxq8', 'slash:6382766072588.1130075286012.41e4ea56da6f8e2506a7443d9504bacd', 'sandbox.delete', 'slash', 'U0JJ1BO8SHF', 'C0XGI6NSOQ0', NULL, '{"sandbox":"gone"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:02:52.527307+00', '2026-11-23 09:02:52.554928+00', '{"id": "rph5kgb7", "name": "gone", "state": "deleting", "owner": "U0JJ1BO8SHF", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-mb6u", "created_at": "2026-11-23T09:02:51.424368Z", "expires_at": "2026-11-26T09:02:51.424368Z", "problem": null, "version": 4}', NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-sesw4pbtz9', 'message:D0G13CUQLA0:1795424574.896068', 'sandbox.create', 'mention', 'U0JJ1BO8SHF', 'D0G13CUQLA0', NULL, '{"name":"private"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:02:54.897868+00', '2026-11-23 09:02:54.925621+00', '{"id": "wwp246kk", "name": "private", "state": "requested", "owner": "U0JJ1BO8SHF", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-private-exzb", "created_at": "2026-11-23T09:02:54.912981Z", "expires_at": "2026-11-26T09:02:54.912981Z", "problem": null, "version": 1}', NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-wb8r5kfzvq', 'api:U0JJ1BO8SHF:sandbox.create:16e25d7ecbfaf00872d01ca93e2589ce06232c1fb82a8aef842e9c2cfff3c2f7', 'sandbox.create', 'api', 'U0JJ1BO8SHF', NULL, NULL, '{"name":"scripted"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:02:56.054692+00', '2026-11-23 09:02:56.089053+00', '{"id": "vdknuqxg", "name": "scripted", "state": "requested", "owner": "U0JJ1BO8SHF", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-scripted-7wqc", "created_at": "2026-11-23T09:02:56.065944Z", "expires_at": "2026-11-26T09:02:56.065944Z", "problem": null, "version": 1}', NULL, '["sandbox.*"]', NULL);
INSERT INTO public.calls VALUES ('c-qw8qkjbnhu', 'slash:6080889540800.7323708640359.f43dd769a04722c072f5398080a2612a', 'sandbox.create', 'slash', 'U0JJ1BO8SHF', 'C0XGI6NSOQ0', NULL, '{"name":"stuck"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:02:57.1933+00', '2026-11-23 09:02:57.232838+00', '{"id": "yg5f4ecm", "name": "stuck", "state": "requested", "owner": "U0JJ1BO8SHF", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-stuck-k9g2", "created_at": "2026-11-23T09:02:57.206602Z", "expires_at": "2026-11-26T09:02:57.206602Z", "problem": null, "version": 1}', NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-hqwrm2zqg8', 'message:C0XGI6NSOQ0:1795424577.302200', 'sandbox.list', 'mention', 'U0JJ1BO8SHF', 'C0XGI6NSOQ0', '1795424577.302200', '{}', NULL, 'done', 1, NULL, NULL, '2026-11-23 09:02:57.308204+00', '2026-11-23 09:02:57.361511+00', '{"sandboxes": [{"id": "s4gv3hcs", "name": "checkout", "state": "ready", "owner": "U0JJ1BO8SHF", "owner_name": "ada", "team": "default", "size": "large", "purpose": "spring sale, \u00f6 & <b>", "namespace": "sbx-default-checkout-7h72", "created_at": "2026-11-23T09:02:50.231306Z", "expires_at": "2026-11-26T09:02:50.231306Z", "problem": null, "version": 3}, {"id": "wwp246kk", "name": "private", "state": "ready", "owner": "U0JJ1BO8SHF", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-private-exzb", "created_at": "2026-11-23T09:02:54.912981Z", "expires_at": "2026-11-26T09:02:54.912981Z", "problem": null, "version": 3}, {"id": "vdknuqxg", "name": "scripted", "state": "ready", "owner": "U0JJ1BO8SHF", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-scripted-7wqc", "created_at": "2026-11-23T09:02:56.065944Z", "expires_at": "2026-11-26T09:02:56.065944Z", "problem": null, "version": 3}, {"id": "yg5f4ecm", "name": "stuck", "state": "provisioning", "owner": "U0JJ1BO8SHF", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-stuck-k9g2", "created_at": "2026-11-23T09:02:57.206602Z", "expires_at": "2026-11-26T09:02:57.206602Z", "problem": null, "version": 2}], "everyone": false, "at": "2026-11-23T09:02:57.360238Z"}', NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-3cgs66xe6n', 'slash:4780211862437.5049678007433.1e325c912907231c1cbd05cabab628c5', 'sandbox.create', 'slash', 'U08ZDLATSXT', 'C0XGI6NSOQ0', NULL, '{"name":"later"}', 'gAAAAABrBAFBiG6uipFxMxHI9Kd1Jd2chIyQk9hP2eFD7-ywDVyQrqW85Ec1mFH11hSZmgLX7jYx8w5PbIWpxc9IUlWL-pHv3d7iskHlyACDmspeceHdNZrYkdz7U0vs_F61xT2OE6BGTn3aF0k5UqEf--zVQUfg5oQCjx0ICT578oukYos7Hxwkj8UNxaaKKMfnqnoHLT8T', 'accepted', 1, 'replica:4833:v3hjrx', '2026-11-23 09:02:59.913317+00', '2026-11-23 09:02:57.305608+00', NULL, NULL, NULL, NULL, NULL);



INSERT INTO public.direct_channels VALUES ('U0JJ1BO8SHF', 'D0G13CUQLA0');



INSERT INTO public.job_runs VALUES ('bot.housekeeping', '2026-11-23 03:17:00+00', 'replica:4833:v3hjrx', '2026-11-23 09:03:50.066259+00', '2026-11-23 09:02:50.066259+00', 'skipped');



INSERT INTO public.leases VALUES ('outbox', 'replica:4833:v3hjrx', 1, '2026-11-23 09:02:59.940821+00');



INSERT INTO public.messages VALUES (3, 'call:c-gh7x67apqg:answer', 'response:call:c-gh7x67apqg:answer', NULL, 'U0JJ1BO8SHF', NULL, NULL, '2026-11-23 09:32:50.133516+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *checkout*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *checkout*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 09:02:50.306212+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:02:50.306212+00', '2026-11-23 09:02:50.376598+00');
INSERT INTO public.messages VALUES (2, 'sandbox:s4gv3hcs:card', 'channel:C0XGI6NSOQ0', 'C0XGI6NSOQ0', NULL, 'U0JJ1BO8SHF', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 's4gv3hcs', NULL, NULL, NULL, NULL, NULL, false, 3, 3, '04e971a07cacf176908dc10d67d58bb0', 'C0XGI6NSOQ0', '1795424570.356920', 'shown', NULL, '2026-11-23 09:02:50.267961+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:02:50.267961+00', '2026-11-23 09:02:51.39324+00');
INSERT INTO public.messages VALUES (5, 'call:c-hxwu9kthpq:answer', 'response:call:c-hxwu9kthpq:answer', NULL, 'U0JJ1BO8SHF', NULL, NULL, '2026-11-23 09:32:51.400662+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *gone*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *gone*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 09:02:51.449644+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:02:51.449644+00', '2026-11-23 09:02:51.507183+00');
INSERT INTO public.messages VALUES (7, 'sandbox:wwp246kk:card', 'channel:D0G13CUQLA0', 'D0G13CUQLA0', NULL, 'U0JJ1BO8SHF', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 'wwp246kk', NULL, NULL, NULL, NULL, NULL, false, 3, 3, '0fe660d4cc886783d73099d0141e159c', 'D0G13CUQLA0', '1795424574.950341', 'shown', NULL, '2026-11-23 09:02:54.91827+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:02:54.91827+00', '2026-11-23 09:02:56.023928+00');
INSERT INTO public.messages VALUES (9, 'sandbox:vdknuqxg:card', 'person:U0JJ1BO8SHF', NULL, 'U0JJ1BO8SHF', 'U0JJ1BO8SHF', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 'vdknuqxg', NULL, NULL, NULL, NULL, NULL, false, 3, 3, 'faf13000d33517a8ac72691366124c0e', 'D0G13CUQLA0', '1795424576.162290', 'shown', NULL, '2026-11-23 09:02:56.073145+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:02:56.073145+00', '2026-11-23 09:02:57.199849+00');
INSERT INTO public.messages VALUES (1, 'home:U0JJ1BO8SHF', 'home:U0JJ1BO8SHF', NULL, 'U0JJ1BO8SHF', NULL, NULL, NULL, 0, NULL, NULL, 3, 'bot.home', 'U0JJ1BO8SHF', NULL, NULL, NULL, NULL, NULL, false, 18, 18, '57bce27e99594047c740b932b1ce0dc8', NULL, NULL, 'shown', NULL, '2026-11-23 09:02:57.226881+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:02:50.135159+00', '2026-11-23 09:02:57.418401+00');
INSERT INTO public.messages VALUES (6, 'call:c-awdrzwaxq8:answer', 'response:call:c-awdrzwaxq8:answer', NULL, 'U0JJ1BO8SHF', NULL, NULL, '2026-11-23 09:32:52.527307+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Deleting *gone* and everything in it.","blocks":[{"text":{"text":":wastebasket: Deleting *gone* and everything in it.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 09:02:52.572709+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:02:52.572709+00', '2026-11-23 09:02:52.84245+00');
INSERT INTO public.messages VALUES (4, 'sandbox:rph5kgb7:card', 'channel:C0XGI6NSOQ0', 'C0XGI6NSOQ0', NULL, 'U0JJ1BO8SHF', NULL, NULL, 0, NULL, NULL, 3, 'sandbox.card', 'rph5kgb7', NULL, NULL, NULL, NULL, NULL, false, 5, 5, '22955b33dc2597c6e8ef4085e08cd9ef', 'C0XGI6NSOQ0', '1795424571.497213', 'shown', NULL, '2026-11-23 09:02:54.851552+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:02:51.43297+00', '2026-11-23 09:02:54.891594+00');
INSERT INTO public.messages VALUES (8, 'call:c-sesw4pbtz9:answer', 'channel:D0G13CUQLA0', 'D0G13CUQLA0', NULL, 'U0JJ1BO8SHF', NULL, NULL, 0, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *private*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *private*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, '137059696499c865167a6a9b13fe15e3', 'D0G13CUQLA0', '1795424576.052748', 'shown', NULL, '2026-11-23 09:02:54.929094+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:02:54.929094+00', '2026-11-23 09:02:56.061893+00');
INSERT INTO public.messages VALUES (11, 'call:c-qw8qkjbnhu:answer', 'response:call:c-qw8qkjbnhu:answer', NULL, 'U0JJ1BO8SHF', NULL, NULL, '2026-11-23 09:32:57.1933+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *stuck*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *stuck*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 09:02:57.238653+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 09:02:57.238653+00', '2026-11-23 09:02:57.318468+00');
INSERT INTO public.messages VALUES (10, 'sandbox:yg5f4ecm:card', 'channel:C0XGI6NSOQ0', 'C0XGI6NSOQ0', NULL, 'U0JJ1BO8SHF', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 'yg5f4ecm', NULL, NULL, NULL, NULL, NULL, false, 3, 1, 'ad395abdedd1baa07be6b284fe397332', 'C0XGI6NSOQ0', '1795424577.295003', 'waiting', '2026-11-23 09:03:01.130239+00', '2026-11-23 09:02:57.216549+00', NULL, NULL, NULL, 2, 'chat.update: HTTP 500 instead of an answer', '2026-11-23 09:02:57.216549+00', '2026-11-23 09:02:59.300494+00');
INSERT INTO public.messages VALUES (12, 'call:c-hqwrm2zqg8:answer', 'channel:C0XGI6NSOQ0', 'C0XGI6NSOQ0', NULL, 'U0JJ1BO8SHF', NULL, NULL, 0, NULL, '1795424577.302200', 1, NULL, NULL, '{"text":"4 sandboxes","blocks":[{"accessory":{"action_id":"run:sandbox.show:f93e641e","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"s4gv3hcs\"},\"version\":null}"},"text":{"text":":large_green_circle: *checkout* is ready\nlarge \u00b7 until <!date^1795683770^{date_short_pretty} at {time}|2026-11-26 09:02 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:ca8b5cfe","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"wwp246kk\"},\"version\":null}"},"text":{"text":":large_green_circle: *private* is ready\nsmall \u00b7 until <!date^1795683774^{date_short_pretty} at {time}|2026-11-26 09:02 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:95d4ab0f","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"vdknuqxg\"},\"version\":null}"},"text":{"text":":large_green_circle: *scripted* is ready\nsmall \u00b7 until <!date^1795683776^{date_short_pretty} at {time}|2026-11-26 09:02 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:cb9ceb66","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"yg5f4ecm\"},\"version\":null}"},"text":{"text":":construction: *stuck* is being set up\nsmall \u00b7 until <!date^1795683777^{date_short_pretty} at {time}|2026-11-26 09:02 UTC>","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 0, NULL, NULL, NULL, 'waiting', '2026-11-23 09:03:01.365545+00', '2026-11-23 09:02:57.373171+00', NULL, NULL, '2026-11-23 09:02:58.350388+00', 2, 'chat.postMessage: HTTP 500 instead of an answer', '2026-11-23 09:02:57.373171+00', '2026-11-23 09:02:59.355538+00');



INSERT INTO public.people VALUES ('U0JJ1BO8SHF', 'ada', 'Europe/Berlin', true, '2026-11-23 09:02:50.168839+00');



INSERT INTO public.sandboxes VALUES ('s4gv3hcs', 'c-gh7x67apqg', 'checkout', 'U0JJ1BO8SHF', 'ada', 'default', 'large', 'spring sale, ö & <b>', 'sbx-default-checkout-7h72', 'b511090a-d4ec-4769-abce-169ed50234bd', 'ready', true, 3, NULL, 0, '2026-11-23 09:02:50.231306+00', '2026-11-26 09:02:50.231306+00', NULL, '2026-11-23 09:12:50.462861+00', NULL);
INSERT INTO public.sandboxes VALUES ('rph5kgb7', 'c-hxwu9kthpq', 'gone', 'U0JJ1BO8SHF', 'ada', 'default', 'small', '', 'sbx-default-gone-mb6u', '617c3e67-2cbc-4fd4-bd2d-e4dcd7426a63', 'deleted', false, 6, NULL, 0, '2026-11-23 09:02:51.424368+00', '2026-11-26 09:02:51.424368+00', '2026-11-23 09:02:52.538064+00', NULL, NULL);
INSERT INTO public.sandboxes VALUES ('wwp246kk', 'c-sesw4pbtz9', 'private', 'U0JJ1BO8SHF', 'ada', 'default', 'small', '', 'sbx-default-private-exzb', '488eb2f3-109c-4540-8553-225badb7f39a', 'ready', true, 3, NULL, 0, '2026-11-23 09:02:54.912981+00', '2026-11-26 09:02:54.912981+00', NULL, '2026-11-23 09:12:55.040228+00', NULL);
INSERT INTO public.sandboxes VALUES ('vdknuqxg', 'c-wb8r5kfzvq', 'scripted', 'U0JJ1BO8SHF', 'ada', 'default', 'small', '', 'sbx-default-scripted-7wqc', '82248ecd-fffa-446e-a245-41e436aa8e4b', 'ready', true, 3, NULL, 0, '2026-11-23 09:02:56.065944+00', '2026-11-26 09:02:56.065944+00', NULL, '2026-11-23 09:12:56.221192+00', NULL);
INSERT INTO public.sandboxes VALUES ('yg5f4ecm', 'c-qw8qkjbnhu', 'stuck', 'U0JJ1BO8SHF', 'ada', 'default', 'small', '', 'sbx-default-stuck-k9g2', NULL, 'provisioning', true, 4, 'The cluster is not available right now; I keep trying.', 2, '2026-11-23 09:02:57.206602+00', '2026-11-26 09:02:57.206602+00', NULL, '2026-11-23 09:03:03.411932+00', NULL);



INSERT INTO public.tokens VALUES ('kzdmwuxm', '\x2428a7ea3f08c1034e3649778634c6ae6d602be22171bfd9a36fbe0ae1b33e6c', 'deploy script', 'U0JJ1BO8SHF', '["sandbox.*"]', '2026-11-23 09:02:50.112205+00', '2026-12-02 09:02:50.112205+00', '2026-11-23 09:02:56.031979+00', NULL);



SELECT pg_catalog.setval('public.messages_id_seq', 12, true);



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



ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);



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




