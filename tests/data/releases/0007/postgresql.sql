


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



CREATE TABLE public.approval_votes (
    approval character varying NOT NULL,
    user_id character varying NOT NULL,
    name character varying NOT NULL,
    call character varying NOT NULL,
    note text,
    at timestamp with time zone NOT NULL
);



CREATE TABLE public.approvals (
    id character varying NOT NULL,
    call character varying NOT NULL,
    rule character varying NOT NULL,
    reason text NOT NULL,
    command character varying NOT NULL,
    requested_by character varying NOT NULL,
    requested_name character varying NOT NULL,
    team character varying NOT NULL,
    arguments text NOT NULL,
    plan text NOT NULL,
    plan_hash character varying NOT NULL,
    prices text NOT NULL,
    roles text NOT NULL,
    users text NOT NULL,
    quorum integer NOT NULL,
    state character varying NOT NULL,
    version integer NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    remind_at timestamp with time zone,
    due_at timestamp with time zone,
    decided_at timestamp with time zone,
    decided_by character varying,
    note text,
    cards text NOT NULL
);



CREATE TABLE public.audit (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    action character varying NOT NULL,
    object character varying,
    actor character varying NOT NULL,
    on_behalf_of character varying,
    surface character varying,
    channel character varying,
    thread_ts character varying,
    call character varying,
    before text,
    after text,
    note text NOT NULL,
    key_id character varying NOT NULL,
    nonce character varying NOT NULL,
    stamp character varying NOT NULL,
    sequence bigint,
    seal_key_id character varying,
    mac character varying
);



CREATE TABLE public.audit_anchors (
    sequence bigint NOT NULL,
    mac character varying NOT NULL,
    at timestamp with time zone NOT NULL
);



CREATE SEQUENCE public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;



ALTER SEQUENCE public.audit_id_seq OWNED BY public.audit.id;



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
    problem text,
    token character varying,
    confirmed boolean
);



CREATE TABLE public.direct_channels (
    user_id character varying NOT NULL,
    channel character varying NOT NULL
);



CREATE TABLE public.event_deliveries (
    event_id bigint NOT NULL,
    subscriber character varying NOT NULL,
    object_id character varying NOT NULL,
    due_at timestamp with time zone,
    claimed_by character varying,
    claimed_until timestamp with time zone,
    attempts integer NOT NULL,
    parked_at timestamp with time zone,
    error text
);



CREATE TABLE public.events (
    id bigint NOT NULL,
    name character varying NOT NULL,
    object_id character varying NOT NULL,
    payload text NOT NULL,
    at timestamp with time zone NOT NULL
);



CREATE SEQUENCE public.events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;



ALTER SEQUENCE public.events_id_seq OWNED BY public.events.id;



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
    learnt_at timestamp with time zone NOT NULL,
    gone boolean DEFAULT false NOT NULL,
    domain character varying
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
    claimed_until timestamp with time zone,
    former_owner character varying
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



CREATE TABLE public.usergroups (
    ref character varying NOT NULL,
    group_id character varying,
    members text NOT NULL,
    learnt_at timestamp with time zone NOT NULL
);



ALTER TABLE ONLY public.audit ALTER COLUMN id SET DEFAULT nextval('public.audit_id_seq'::regclass);



ALTER TABLE ONLY public.events ALTER COLUMN id SET DEFAULT nextval('public.events_id_seq'::regclass);



ALTER TABLE ONLY public.messages ALTER COLUMN id SET DEFAULT nextval('public.messages_id_seq'::regclass);



INSERT INTO public.alembic_version VALUES ('0007');



INSERT INTO public.approval_votes VALUES ('a-u8hxubte', 'U0R32BJVJG2', 'grace', 'c-247uxn72pt', NULL, '2026-11-23 12:57:32.997799+00');



INSERT INTO public.approvals VALUES ('a-u8hxubte', 'c-zkdpaj935j', 'large sandboxes', '', 'sandbox create', 'U0BGNB6CVVG', 'ada', 'default', '{"size":"large","purpose":"spring sale, \u00f6 & <b>","name":"checkout"}', '["Sets up sandbox checkout for team default, size large: 8 CPUs, 16Gi memory, 100Gi storage","Deletes it after 3d"]', 'de2a7a7c0a521373', '{}', '["admin","approver"]', '[]', 1, 'approved', 1, '2026-11-23 12:57:32.566524+00', '2026-11-24 12:57:32.566524+00', NULL, NULL, '2026-11-23 12:57:32.997799+00', 'grace', NULL, '{"approval:a-u8hxubte:card":"C0SABKH6I2U"}');
INSERT INTO public.approvals VALUES ('a-xegsrx52', 'c-kxtr2asuwu', 'large sandboxes', '', 'sandbox create', 'U0BGNB6CVVG', 'ada', 'default', '{"size":"large","name":"vast"}', '["Sets up sandbox vast for team default, size large: 8 CPUs, 16Gi memory, 100Gi storage","Deletes it after 3d"]', 'b9c2cbfbeb5267e7', '{}', '["admin","approver"]', '[]', 1, 'waiting', 1, '2026-11-23 12:57:41.336287+00', '2026-11-24 12:57:41.336287+00', '2026-11-23 16:57:41.336287+00', '2026-11-23 16:57:41.336287+00', NULL, NULL, NULL, '{"approval:a-xegsrx52:card":"C0SABKH6I2U"}');



INSERT INTO public.audit VALUES (1, '2026-11-23 12:57:32.566524+00', '2026-11-23 12:57:32.599345+00', 'approval.asked', 'approval:a-u8hxubte', 'U0BGNB6CVVG', NULL, 'slash', 'C0SABKH6I2U', NULL, 'c-zkdpaj935j', NULL, '{"rule":"large sandboxes","plan":"de2a7a7c0a521373","team":"default"}', '', '68b0128b0fce', 'njw6uygmyzrhsxbd', '71f2547a5cfb2a878950cfdd5bfa4ce3d77c42dafeea0180c8cfbb69fd8342c9', 1, '68b0128b0fce', '760c40e429232b0e203bbc8bb0601154e2501afe83edc05a4431ade779a74f5e');
INSERT INTO public.audit VALUES (2, '2026-11-23 12:57:32.997799+00', '2026-11-23 12:57:32.975698+00', 'approval.approved', 'approval:a-u8hxubte', 'U0R32BJVJG2', NULL, 'button', 'C0SABKH6I2U', NULL, 'c-247uxn72pt', NULL, '{"rule":"large sandboxes","plan":"de2a7a7c0a521373","command":"sandbox create","for":"U0BGNB6CVVG"}', '', '68b0128b0fce', '9fdcbeqnnvgw3pg2', '3ffcacd35ec8bb9e78624b001f1026b3c1079e866b0c0b071c0f0855e71309a1', 2, '68b0128b0fce', '5e9833add91a89cd70b324ec41cc3d402ee0d133add4d7f542341f857236541a');
INSERT INTO public.audit VALUES (3, '2026-11-23 12:57:33.141092+00', '2026-11-23 12:57:33.083577+00', 'call.done', 'command:access.approve', 'U0R32BJVJG2', NULL, 'button', 'C0SABKH6I2U', NULL, 'c-247uxn72pt', NULL, '{"arguments":{"approval":"a-u8hxubte","plan":"de2a7a7c0a521373"}}', '', '68b0128b0fce', '65fcww48v8ua6kuq', '0d12dad2d10b34b71baf197fb4d6cb0bff0d2bad86e2b562c4ba26ae8ffb6c63', 3, '68b0128b0fce', '4b97da6fa99e65df3597e38883df507560af7be33bdcff7655d1efb1d6b10dcc');
INSERT INTO public.audit VALUES (4, '2026-11-23 12:57:33.246403+00', '2026-11-23 12:57:33.231222+00', 'sandbox.created', 'sandbox:rzdwyqqj', 'U0BGNB6CVVG', NULL, 'slash', 'C0SABKH6I2U', NULL, 'c-zkdpaj935j', NULL, '{"name":"checkout","team":"default","size":"large","namespace":"sbx-default-checkout-xfqc","expires_at":"2026-11-26T12:57:33.246403+00:00","state":"requested"}', '', '68b0128b0fce', '2tnnt5gmwrmezwng', '3d78f7ecf0b33b4bda33c4165c1a07dded30e7c9857becd691b82306ad2d5cfb', 4, '68b0128b0fce', '9da40818a95919538b942bc4051033e6720d36130b7e3e25485a4933d895a0f4');
INSERT INTO public.audit VALUES (5, '2026-11-23 12:57:33.470628+00', '2026-11-23 12:57:33.413385+00', 'call.done', 'command:sandbox.create', 'U0BGNB6CVVG', NULL, 'slash', 'C0SABKH6I2U', NULL, 'c-zkdpaj935j', NULL, '{"arguments":{"size":"large","purpose":"spring sale, \u00f6 & <b>","name":"checkout"}}', '', '68b0128b0fce', '6q45dejsjwaeezx9', '56e985eb0ebad866fe0d652ed1a57681c10c3362d6a1536e495521a392a5ffc4', 5, '68b0128b0fce', '9682f460b07ecd15f41f84dbbbd343b0772b808f6e37f8e592d63bac93a933dc');
INSERT INTO public.audit VALUES (6, '2026-11-23 12:57:33.636328+00', '2026-11-23 12:57:33.583177+00', 'sandbox.ready', 'sandbox:rzdwyqqj', 'system', NULL, NULL, NULL, NULL, NULL, '{"state":"provisioning","wanted":true}', '{"state":"ready","wanted":true}', '', '68b0128b0fce', 'xznm6r4yfhqrxne2', 'd7a654bee65866b56db52ab758aeff75b6943b4359ff7849e9b3ea9b5367bc86', 6, '68b0128b0fce', '67e72270e81f3e9790327c7df0d6bfbc9881c7a8e839cbcc0bfe6e772804b5b4');
INSERT INTO public.audit VALUES (7, '2026-11-23 12:57:34.330681+00', '2026-11-23 12:57:34.37973+00', 'sandbox.created', 'sandbox:52ath2y7', 'U0BGNB6CVVG', NULL, 'slash', 'C0SABKH6I2U', NULL, 'c-f7q5cs9nab', NULL, '{"name":"gone","team":"default","size":"small","namespace":"sbx-default-gone-ut9n","expires_at":"2026-11-26T12:57:34.330681+00:00","state":"requested"}', '', '68b0128b0fce', 'u9wage93eexrhetp', 'e1984a536e2b3e69967fb0f8904cd50ff0be40704f5a93783a18e3e380a275f4', 7, '68b0128b0fce', '9a07c1c9486ea72e690a6fc4d6d29cdff7ba4c895c5f9c3313fc4f858f4e80f1');
INSERT INTO public.audit VALUES (8, '2026-11-23 12:57:34.532796+00', '2026-11-23 12:57:34.534069+00', 'call.done', 'command:sandbox.create', 'U0BGNB6CVVG', NULL, 'slash', 'C0SABKH6I2U', NULL, 'c-f7q5cs9nab', NULL, '{"arguments":{"name":"gone"}}', '', '68b0128b0fce', 'zcrp5phsy7dx8wxm', 'dc187b067856f97df6733274a5d52a0f9bcd97ee277daa1a01817175df89ce23', 8, '68b0128b0fce', '7a035928963ef244e1cbbec621d82f3f5364030e443c7e7e74333b7633cd6d4a');
INSERT INTO public.audit VALUES (9, '2026-11-23 12:57:34.876599+00', '2026-11-23 12:57:34.823207+00', 'sandbox.ready', 'sandbox:52ath2y7', 'system', NULL, NULL, NULL, NULL, NULL, '{"state":"provisioning","wanted":true}', '{"state":"ready","wanted":true}', '', '68b0128b0fce', 'b4ujvtgvxhz6up8x', '90ef8f60d77c8a384b14cc8f1484fe9bb9a91b1713bd5f95fc1d50c08254930f', 9, '68b0128b0fce', 'd2bca47098e0f7776980353cd0719aa9b4a94d6a5f447b42efa3eb72e32c043c');
INSERT INTO public.audit VALUES (10, '2026-11-23 12:57:35.991845+00', '2026-11-23 12:57:36.002095+00', 'sandbox.deleted', 'sandbox:52ath2y7', 'U0BGNB6CVVG', NULL, 'button', 'C0SABKH6I2U', NULL, 'c-9hrvvsrje6', '{"state":"ready","wanted":true}', '{"state":"deleting","wanted":false}', '', '68b0128b0fce', 'jvbzqjyaffa7765p', 'a3a091ea1e7cdaf4921ac0bbcbeb8a40b9a7fd990dc2493c3118dd4c23b551ca', 10, '68b0128b0fce', 'b1192900bff5286a47a0f5230785b71f6f3cbd04bec195059affdf0572726f82');
INSERT INTO public.audit VALUES (11, '2026-11-23 12:57:36.253913+00', '2026-11-23 12:57:36.196245+00', 'call.done', 'command:sandbox.delete', 'U0BGNB6CVVG', NULL, 'button', 'C0SABKH6I2U', NULL, 'c-9hrvvsrje6', NULL, '{"arguments":{"sandbox":"gone"}}', '', '68b0128b0fce', '3hr722442s3kzxbn', 'e76b48c6fc6a598fb130a232ba6a9e7870d33ea4873d015cb79e9e2da7534d98', 11, '68b0128b0fce', '0752e6f095009676e246943dc916b31638d4c64bb4ad4eace4ca07ddc092c7f8');
INSERT INTO public.audit VALUES (12, '2026-11-23 12:57:38.621874+00', '2026-11-23 12:57:38.564703+00', 'sandbox.gone', 'sandbox:52ath2y7', 'system', NULL, NULL, NULL, NULL, NULL, '{"state":"deleting","wanted":false}', '{"state":"deleted","wanted":false}', '', '68b0128b0fce', '8nssdrxd2z6xycyt', '780d649deff78f1584c50e6aa43af4b9b4b40fdcfce2fff83dc1bf10414acd9b', 12, '68b0128b0fce', 'bf47f65858c3ecf5f3825c77b2c36043a7ddfda9c213761c5dc94e82312180ad');
INSERT INTO public.audit VALUES (13, '2026-11-23 12:57:38.85186+00', '2026-11-23 12:57:38.855067+00', 'sandbox.created', 'sandbox:vpnnh45s', 'U006BDQTENO', NULL, 'slash', 'C0SABKH6I2U', NULL, 'c-pr7svqd4ry', NULL, '{"name":"orphan","team":"default","size":"small","namespace":"sbx-default-orphan-q7sm","expires_at":"2026-11-26T12:57:38.851860+00:00","state":"requested"}', '', '68b0128b0fce', 'cf45qvjtpwbgps76', '8c96b2b5925823b5ff76658baaaa137e0ef12ad06f1d0e3796f87ba1967a832c', 13, '68b0128b0fce', 'dfd44c5feac5e4aa73add03014735e07415d4838fccd000a0903166f7d44526b');
INSERT INTO public.audit VALUES (14, '2026-11-23 12:57:39.045979+00', '2026-11-23 12:57:38.99313+00', 'call.done', 'command:sandbox.create', 'U006BDQTENO', NULL, 'slash', 'C0SABKH6I2U', NULL, 'c-pr7svqd4ry', NULL, '{"arguments":{"name":"orphan"}}', '', '68b0128b0fce', 'dfn2rjg28625mac8', '5f06ff411c07f75a337831faaa84eb399b419c8e720adc1b81ae65be18b41163', 14, '68b0128b0fce', '6f515e874bed3ee920cde9f4a95852b13f9156b4c7ddebb21a4250c37e92c140');
INSERT INTO public.audit VALUES (15, '2026-11-23 12:57:39.228618+00', '2026-11-23 12:57:39.170997+00', 'sandbox.ready', 'sandbox:vpnnh45s', 'system', NULL, NULL, NULL, NULL, NULL, '{"state":"provisioning","wanted":true}', '{"state":"ready","wanted":true}', '', '68b0128b0fce', '3t5wc4xnbt5whx86', 'ed476d4f3ec859d41c42fe27eb2712751445f42ea736fd4262dd73854818b86e', 15, '68b0128b0fce', '531ff0f034920a5e736affa0ea73596c2d52fe809ff25d7ed01840b9434bb1cd');
INSERT INTO public.audit VALUES (16, '2026-11-23 12:57:40.811654+00', '2026-11-23 12:57:40.781522+00', 'sandbox.left_to_team', 'sandbox:vpnnh45s', 'system', NULL, NULL, NULL, NULL, NULL, '{"owner":"U006BDQTENO"}', '{"owner":"","team":"default"}', 'linus has left', '68b0128b0fce', 'wktn3dqngq86kqpn', 'ae02f29713da84a3157027794c740e3d7440693590390991a77a6ca7928dd7cc', 16, '68b0128b0fce', '8558f665fb3c7575d6a30a5a9fd3d4dd71c19f39b356912d0ce268ff8e85c4dd');
INSERT INTO public.audit VALUES (17, '2026-11-23 12:57:41.336287+00', '2026-11-23 12:57:41.308912+00', 'approval.asked', 'approval:a-xegsrx52', 'U0BGNB6CVVG', NULL, 'slash', 'C0SABKH6I2U', NULL, 'c-kxtr2asuwu', NULL, '{"rule":"large sandboxes","plan":"b9c2cbfbeb5267e7","team":"default"}', '', '68b0128b0fce', 'y8x3xbavbkkndz6k', 'f300f3c1f82489673cbb017a54be2eb505d6249834e6a9ac387c55cdd0c9c8b3', 17, '68b0128b0fce', '414b053c8fc3ea16e6882a7f81305ddf00073fdc655dcafbe36d5c2cf2ff7949');
INSERT INTO public.audit VALUES (19, '2026-11-23 12:57:41.555841+00', '2026-11-23 12:57:41.49815+00', 'call.done', 'command:sandbox.create', 'U0BGNB6CVVG', NULL, 'mention', 'D04UHNYKJVT', NULL, 'c-en3rgfhu4t', NULL, '{"arguments":{"name":"private"}}', '', '68b0128b0fce', 'vrajmztgn72q9nah', '375a42ee670d285bd1070c08422ef20fad592d76aaaa77a51f6482d21e62a757', 19, '68b0128b0fce', '7fd32d5864f6739c7821d0200b1f1eacf4b710882f089c2f826a0b61f611d414');
INSERT INTO public.audit VALUES (23, '2026-11-23 12:57:43.079889+00', '2026-11-23 12:57:43.085508+00', 'sandbox.ready', 'sandbox:afc6qdhn', 'system', NULL, NULL, NULL, NULL, NULL, '{"state":"provisioning","wanted":true}', '{"state":"ready","wanted":true}', '', '68b0128b0fce', 'zhn962sfdefebx7q', '7317cf583885f326493fbfa0c0e21a227d80eae2dbed5467333a57d5c7ff2506', 23, '68b0128b0fce', '4ddbb1917a25a591972ea097b496ef92501d067b43b6d95a66888923bde01889');
INSERT INTO public.audit VALUES (18, '2026-11-23 12:57:41.453375+00', '2026-11-23 12:57:41.46322+00', 'sandbox.created', 'sandbox:qrkf7r4y', 'U0BGNB6CVVG', NULL, 'mention', 'D04UHNYKJVT', NULL, 'c-en3rgfhu4t', NULL, '{"name":"private","team":"default","size":"small","namespace":"sbx-default-private-7997","expires_at":"2026-11-26T12:57:41.453375+00:00","state":"requested"}', '', '68b0128b0fce', 'rchdenxznv79p49j', 'f54eb389a784c25d23035111c6464be1ba64f4ecf2882fc069f0289f1e9edb23', 18, '68b0128b0fce', 'a1583bac6a15a90cc30f7ae77a68daa0b6780cc2f1f8e5f58a77331eecd3cf61');
INSERT INTO public.audit VALUES (25, '2026-11-23 12:57:44.458362+00', '2026-11-23 12:57:44.465615+00', 'call.done', 'command:sandbox.create', 'U0BGNB6CVVG', NULL, 'slash', 'C0SABKH6I2U', NULL, 'c-rv4ffmsy98', NULL, '{"arguments":{"name":"stuck"}}', '', '68b0128b0fce', 'mwvetkcrybvk3ty5', 'b65bedd678445b475d148ac40b96de1ea1faa15c946cf5f036ef4a5a0535eddb', 25, '68b0128b0fce', 'ba8fe96ab5cfc7cb10f22db5ba2724843ccf7f97673475f98861bebc26759149');
INSERT INTO public.audit VALUES (20, '2026-11-23 12:57:42.024373+00', '2026-11-23 12:57:41.966895+00', 'sandbox.ready', 'sandbox:qrkf7r4y', 'system', NULL, NULL, NULL, NULL, NULL, '{"state":"provisioning","wanted":true}', '{"state":"ready","wanted":true}', '', '68b0128b0fce', '3ga847rnubw7ed5p', 'b63a963acd5a8c2b20f2a7a5a0d44bfc04563b415424c8448cdb92db1748501b', 20, '68b0128b0fce', '2e055e329f93351b5c764530d91b1eab41454240823d5ef3d4ae394ae805e724');
INSERT INTO public.audit VALUES (21, '2026-11-23 12:57:42.794486+00', '2026-11-23 12:57:42.859609+00', 'sandbox.created', 'sandbox:afc6qdhn', 'token:m56cna8w', 'U0BGNB6CVVG', 'api', NULL, NULL, 'c-k4xfkfdanc', NULL, '{"name":"scripted","team":"default","size":"small","namespace":"sbx-default-scripted-vmhc","expires_at":"2026-11-26T12:57:42.794486+00:00","state":"requested"}', '', '68b0128b0fce', 'z6uq8tcsvvkg2a6r', '3bf4a18214c988f8cc42eeed390dce5b79f6ea2d0221e9328612c720886c1b75', 21, '68b0128b0fce', 'c255d5353edcff98348ee27441333ebdb161c8928ccaa005f4651a65057148aa');
INSERT INTO public.audit VALUES (22, '2026-11-23 12:57:42.88173+00', '2026-11-23 12:57:42.900729+00', 'call.done', 'command:sandbox.create', 'token:m56cna8w', 'U0BGNB6CVVG', 'api', NULL, NULL, 'c-k4xfkfdanc', NULL, '{"arguments":{"name":"scripted"}}', '', '68b0128b0fce', 'fym62bw5gp43wfqg', 'ba65590ec864b77ef312aa369fbdcbe8a857da8ba5aa330e507f9cbc2cdf9121', 22, '68b0128b0fce', '28c851e3c98fe9b850020d45b2fb1de916d4313419af63448daddeb020d993e6');
INSERT INTO public.audit VALUES (24, '2026-11-23 12:57:44.294629+00', '2026-11-23 12:57:44.331612+00', 'sandbox.created', 'sandbox:b5et3mdn', 'U0BGNB6CVVG', NULL, 'slash', 'C0SABKH6I2U', NULL, 'c-rv4ffmsy98', NULL, '{"name":"stuck","team":"default","size":"small","namespace":"sbx-default-stuck-n7zf","expires_at":"2026-11-26T12:57:44.294629+00:00","state":"requested"}', '', '68b0128b0fce', 'mcqj86kxnqppjh78', '82c16be6061c63f933f416252af22c9d165d8b783ad28bdd6fea9dfcd2bdf2a2', 24, '68b0128b0fce', '0e8e3ccd344ae034d10b75dd50a9e86d5f63f46d35ddd2fb3c8c4e38b95fdd65');



INSERT INTO public.audit_anchors VALUES (1, '760c40e429232b0e203bbc8bb0601154e2501afe83edc05a4431ade779a74f5e', '2026-11-23 12:57:32.942416+00');
INSERT INTO public.audit_anchors VALUES (25, 'ba8fe96ab5cfc7cb10f22db5ba2724843ccf7f97673475f98861bebc26759149', '2026-11-23 12:57:47.427262+00');



INSERT INTO public.calls VALUES ('c-247uxn72pt', 'button:C0SABKH6I2U:1795438652.836794:run:access.approve:34b97d03', 'access.approve', 'button', 'U0R32BJVJG2', 'C0SABKH6I2U', NULL, '{"approval":"a-u8hxubte","plan":"de2a7a7c0a521373"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 12:57:32.922173+00', '2026-11-23 12:57:33.128568+00', '{"id": "a-u8hxubte", "call": "c-zkdpaj935j", "rule": "large sandboxes", "reason": "", "command": "sandbox create", "requested_by": "U0BGNB6CVVG", "requested_name": "ada", "team": "default", "arguments": {"size": "large", "purpose": "spring sale, \u00f6 & <b>", "name": "checkout"}, "plan": ["Sets up sandbox checkout for team default, size large: 8 CPUs, 16Gi memory, 100Gi storage", "Deletes it after 3d"], "plan_hash": "de2a7a7c0a521373", "state": "approved", "quorum": 1, "votes": [{"user_id": "U0R32BJVJG2", "name": "grace", "note": null, "at": "2026-11-23T12:57:32.997799Z"}], "asked_at": "2026-11-23T12:57:32.566524Z", "expires_at": "2026-11-24T12:57:32.566524Z", "decided_by": "grace", "note": null, "version": 1}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-zkdpaj935j', 'slash:5119568312636.8287790201521.d69feddb11c6d032b8c56bfc64361d01', 'sandbox.create', 'slash', 'U0BGNB6CVVG', 'C0SABKH6I2U', NULL, '{"size":"large","purpose":"spring sale, \u00f6 & <b>","name":"checkout"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 12:57:32.164264+00', '2026-11-23 12:57:33.313855+00', '{"id": "rzdwyqqj", "name": "checkout", "state": "requested", "owner": "U0BGNB6CVVG", "owner_name": "ada", "former_owner": null, "team": "default", "size": "large", "purpose": "spring sale, \u00f6 & <b>", "namespace": "sbx-default-checkout-xfqc", "created_at": "2026-11-23T12:57:33.246403Z", "expires_at": "2026-11-26T12:57:33.246403Z", "problem": null, "version": 1}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-f7q5cs9nab', 'slash:5151202959583.6159064155428.6fc2b03da78e64c57b74aa83d20402c1', 'sandbox.create', 'slash', 'U0BGNB6CVVG', 'C0SABKH6I2U', NULL, '{"name":"gone"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 12:57:34.234942+00', '2026-11-23 12:57:34.474367+00', '{"id": "52ath2y7", "name": "gone", "state": "requested", "owner": "U0BGNB6CVVG", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-ut9n", "created_at": "2026-11-23T12:57:34.330681Z", "expires_at": "2026-11-26T12:57:34.330681Z", "problem": null, "version": 1}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-77nskawq52', 'slash:7495680652222.8632217480687.2f3883d74dbd454790a8dccae43fbd61', 'sandbox.delete', 'slash', 'U0BGNB6CVVG', 'C0SABKH6I2U', NULL, '{"sandbox":"gone"}', NULL, 'asked', 1, NULL, NULL, '2026-11-23 12:57:35.440134+00', '2026-11-23 12:57:35.629464+00', 'null', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-9hrvvsrje6', 'button:C0SABKH6I2U:1795438655.833667:run:sandbox.delete:1cf61277', 'sandbox.delete', 'button', 'U0BGNB6CVVG', 'C0SABKH6I2U', NULL, '{"sandbox":"gone"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 12:57:35.926931+00', '2026-11-23 12:57:36.194259+00', '{"id": "52ath2y7", "name": "gone", "state": "deleting", "owner": "U0BGNB6CVVG", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-ut9n", "created_at": "2026-11-23T12:57:34.330681Z", "expires_at": "2026-11-26T12:57:34.330681Z", "problem": null, "version": 4}', NULL, NULL, NULL, NULL, true);
INSERT INTO public.calls VALUES ('c-pr7svqd4ry', 'slash:2518942151441.7462952231787.3dc37fb2c32f921631b9a20a61b199ba', 'sandbox.create', 'slash', 'U006BDQTENO', 'C0SABKH6I2U', NULL, '{"name":"orphan"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 12:57:38.770044+00', '2026-11-23 12:57:38.990547+00', '{"id": "vpnnh45s", "name": "orphan", "state": "requested", "owner": "U006BDQTENO", "owner_name": "linus", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-orphan-q7sm", "created_at": "2026-11-23T12:57:38.851860Z", "expires_at": "2026-11-26T12:57:38.851860Z", "problem": null, "version": 1}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-kxtr2asuwu', 'slash:4951845341117.1207169722281.a0844d4cdeadc5a9ba6a2d6890084561', 'sandbox.create', 'slash', 'U0BGNB6CVVG', 'C0SABKH6I2U', NULL, '{"size":"large","name":"vast"}', 'PGgFcYegL-9dqwdijbNXlOiav-zGCqqRMBosxG1CO-NpaB9U_7BJL3Gr7EMza8AW9GrHRupr08kT2GDLA7jp73XMWBTyRGRO_qh0EaMo-sqRHESdCSXPn-JYC3wUezF4SRyhPbcVpEBrgqpX', 'waiting', 1, NULL, NULL, '2026-11-23 12:57:41.145507+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-en3rgfhu4t', 'message:D04UHNYKJVT:1795438661.217419', 'sandbox.create', 'mention', 'U0BGNB6CVVG', 'D04UHNYKJVT', NULL, '{"name":"private"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 12:57:41.298262+00', '2026-11-23 12:57:41.546991+00', '{"id": "qrkf7r4y", "name": "private", "state": "requested", "owner": "U0BGNB6CVVG", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-private-7997", "created_at": "2026-11-23T12:57:41.453375Z", "expires_at": "2026-11-26T12:57:41.453375Z", "problem": null, "version": 1}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-k4xfkfdanc', 'api:U0BGNB6CVVG:sandbox.create:fa804f92da5fc63dd68533c7803c6126cd3bb8574a2dc335e7d9ab838f412b6c', 'sandbox.create', 'api', 'U0BGNB6CVVG', NULL, NULL, '{"name":"scripted"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 12:57:42.771082+00', '2026-11-23 12:57:42.863929+00', '{"id": "afc6qdhn", "name": "scripted", "state": "requested", "owner": "U0BGNB6CVVG", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-scripted-vmhc", "created_at": "2026-11-23T12:57:42.794486Z", "expires_at": "2026-11-26T12:57:42.794486Z", "problem": null, "version": 1}', NULL, '["sandbox.*"]', NULL, 'm56cna8w', NULL);
INSERT INTO public.calls VALUES ('c-rv4ffmsy98', 'slash:1449779026117.4475287876573.f669022be1a79c82a6327b671dab4962', 'sandbox.create', 'slash', 'U0BGNB6CVVG', 'C0SABKH6I2U', NULL, '{"name":"stuck"}', NULL, 'done', 1, NULL, NULL, '2026-11-23 12:57:44.19147+00', '2026-11-23 12:57:44.372242+00', '{"id": "b5et3mdn", "name": "stuck", "state": "requested", "owner": "U0BGNB6CVVG", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-stuck-n7zf", "created_at": "2026-11-23T12:57:44.294629Z", "expires_at": "2026-11-26T12:57:44.294629Z", "problem": null, "version": 1}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-d3pwzyjy8g', 'slash:236643042144.508678852634.c0e3573d2aa22b5f04a4ba2c64ab5e8c', 'sandbox.create', 'slash', 'U0ECRF1YA9F', 'C0SABKH6I2U', NULL, '{"name":"later"}', 'iBp9UdxSnbK_5t29u0l9p3YZT__aAB38eAhulGpnkXt8PUINxTUGZB-gyxkrQueDcwQU_g3UTGTunZbldUnbXwbkFLXbeRccU9QsIfM9hrXLr-NjHPCYDqEMgEkHeb79ECoI2xfIn8guKm0d', 'accepted', 1, 'replica:9622:yu8zk8', '2026-11-23 12:57:47.40918+00', '2026-11-23 12:57:44.568333+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.calls VALUES ('c-7zf9gmse3y', 'message:C0SABKH6I2U:1795438664.565834', 'sandbox.list', 'mention', 'U0BGNB6CVVG', 'C0SABKH6I2U', '1795438664.565834', '{}', NULL, 'done', 1, NULL, NULL, '2026-11-23 12:57:44.571329+00', '2026-11-23 12:57:44.608368+00', '{"sandboxes": [{"id": "rzdwyqqj", "name": "checkout", "state": "ready", "owner": "U0BGNB6CVVG", "owner_name": "ada", "former_owner": null, "team": "default", "size": "large", "purpose": "spring sale, \u00f6 & <b>", "namespace": "sbx-default-checkout-xfqc", "created_at": "2026-11-23T12:57:33.246403Z", "expires_at": "2026-11-26T12:57:33.246403Z", "problem": null, "version": 3}, {"id": "qrkf7r4y", "name": "private", "state": "ready", "owner": "U0BGNB6CVVG", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-private-7997", "created_at": "2026-11-23T12:57:41.453375Z", "expires_at": "2026-11-26T12:57:41.453375Z", "problem": null, "version": 3}, {"id": "afc6qdhn", "name": "scripted", "state": "ready", "owner": "U0BGNB6CVVG", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-scripted-vmhc", "created_at": "2026-11-23T12:57:42.794486Z", "expires_at": "2026-11-26T12:57:42.794486Z", "problem": null, "version": 3}, {"id": "b5et3mdn", "name": "stuck", "state": "provisioning", "owner": "U0BGNB6CVVG", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-stuck-n7zf", "created_at": "2026-11-23T12:57:44.294629Z", "expires_at": "2026-11-26T12:57:44.294629Z", "problem": null, "version": 2}], "everyone": false, "at": "2026-11-23T12:57:44.607572Z"}', NULL, NULL, NULL, NULL, NULL);



INSERT INTO public.direct_channels VALUES ('U0BGNB6CVVG', 'D04UHNYKJVT');



INSERT INTO public.event_deliveries VALUES (1, 'sandbox:person.left', 'U006BDQTENO', NULL, NULL, NULL, 1, NULL, NULL);
INSERT INTO public.event_deliveries VALUES (1, 'people:person.left', 'U006BDQTENO', NULL, NULL, NULL, 1, NULL, NULL);



INSERT INTO public.events VALUES (1, 'person.left', 'U006BDQTENO', '{"user_id":"U006BDQTENO","name":"linus"}', '2026-11-23 12:57:40.518751+00');



INSERT INTO public.job_runs VALUES ('bot.housekeeping', '2026-11-23 03:17:00+00', 'replica:9622:yu8zk8', '2026-11-23 12:57:46.880525+00', '2026-11-23 12:57:31.880525+00', 'skipped');
INSERT INTO public.job_runs VALUES ('people.leavers', '2026-11-23 04:41:00+00', 'replica:9622:yu8zk8', '2026-11-23 12:57:47.147792+00', '2026-11-23 12:57:32.147792+00', 'skipped');



INSERT INTO public.leases VALUES ('outbox', 'replica:9622:yu8zk8', 1, '2026-11-23 12:57:47.46718+00');
INSERT INTO public.leases VALUES ('audit', 'replica:9622:yu8zk8', 2, '2026-11-23 12:57:47.649259+00');



INSERT INTO public.messages VALUES (3, 'call:c-zkdpaj935j:waits:de2a7a7c0a521373', 'response:call:c-zkdpaj935j:waits:de2a7a7c0a521373', NULL, 'U0BGNB6CVVG', NULL, NULL, '2026-11-23 13:27:32.164264+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"\u201csandbox create\u201d waits for approval.","blocks":[{"text":{"text":":hourglass_flowing_sand: \u201csandbox create\u201d waits for approval.\n\u2022 *large sandboxes*","type":"mrkdwn"},"type":"section"},{"text":{"emoji":false,"text":"\u2022 Sets up sandbox checkout for team default, size large: 8 CPUs, 16Gi memory, 100Gi storage\n\u2022 Deletes it after 3d","type":"plain_text"},"type":"section"},{"elements":[{"text":"Asked in <#C0SABKH6I2U>. You will be told. Reference `c-zkdpaj935j`","type":"mrkdwn"}],"type":"context"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 12:57:32.718799+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:32.718799+00', '2026-11-23 12:57:32.901196+00');
INSERT INTO public.messages VALUES (4, 'call:c-247uxn72pt:answer', 'response:call:c-247uxn72pt:answer', NULL, 'U0R32BJVJG2', NULL, NULL, '2026-11-23 13:27:32.922173+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"*sandbox create* by ada is approved.","blocks":[{"text":{"text":"*sandbox create* by ada is approved.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 12:57:33.138474+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:33.138474+00', '2026-11-23 12:57:33.230298+00');
INSERT INTO public.messages VALUES (6, 'call:c-zkdpaj935j:answer', 'response:call:c-zkdpaj935j:answer', NULL, 'U0BGNB6CVVG', NULL, NULL, '2026-11-23 13:27:32.164264+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *checkout*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *checkout*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 12:57:33.420214+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:33.420214+00', '2026-11-23 12:57:33.716932+00');
INSERT INTO public.messages VALUES (5, 'sandbox:rzdwyqqj:card', 'channel:C0SABKH6I2U', 'C0SABKH6I2U', NULL, 'U0BGNB6CVVG', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 'rzdwyqqj', NULL, NULL, NULL, NULL, NULL, false, 3, 3, '0f9b28cce2ebc7e48409be1a543f8c34', 'C0SABKH6I2U', '1795438654.086180', 'shown', NULL, '2026-11-23 12:57:33.290117+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:33.290117+00', '2026-11-23 12:57:34.251052+00');
INSERT INTO public.messages VALUES (8, 'call:c-f7q5cs9nab:answer', 'response:call:c-f7q5cs9nab:answer', NULL, 'U0BGNB6CVVG', NULL, NULL, '2026-11-23 13:27:34.234942+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *gone*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *gone*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 12:57:34.520166+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:34.520166+00', '2026-11-23 12:57:34.766009+00');
INSERT INTO public.messages VALUES (9, 'call:c-77nskawq52:answer', 'response:call:c-77nskawq52:answer', NULL, 'U0BGNB6CVVG', NULL, NULL, '2026-11-23 13:27:35.440134+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Really sandbox delete gone?","blocks":[{"text":{"text":":warning: *Really sandbox delete gone?*","type":"mrkdwn"},"type":"section"},{"text":{"emoji":false,"text":"\u2022 Deletes sandbox gone of ada, team default: namespace sbx-default-gone-ut9n and everything in it\n\u2022 Pods, volumes and secrets are gone for good","type":"plain_text"},"type":"section"},{"elements":[{"action_id":"run:sandbox.delete:1cf61277","style":"danger","text":{"emoji":true,"text":"Yes, delete","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"gone\"},\"confirmed\":true,\"version\":1}"}],"type":"actions"},{"elements":[{"text":"Nothing has been done yet.","type":"mrkdwn"}],"type":"context"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 12:57:35.674466+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:35.674466+00', '2026-11-23 12:57:35.94593+00');
INSERT INTO public.messages VALUES (10, 'call:c-9hrvvsrje6:answer', 'response:call:c-9hrvvsrje6:answer', NULL, 'U0BGNB6CVVG', NULL, NULL, '2026-11-23 13:27:35.926931+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Deleting *gone* and everything in it.","blocks":[{"text":{"text":":wastebasket: Deleting *gone* and everything in it.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 12:57:36.251642+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:36.251642+00', '2026-11-23 12:57:36.474895+00');
INSERT INTO public.messages VALUES (2, 'approval:a-u8hxubte:card', 'channel:C0SABKH6I2U', 'C0SABKH6I2U', NULL, NULL, NULL, NULL, 0, NULL, NULL, 3, 'access.approval', 'a-u8hxubte', NULL, NULL, NULL, NULL, NULL, false, 2, 2, 'ae391511d0989f919ce1debdebe30b48', 'C0SABKH6I2U', '1795438652.836794', 'shown', NULL, '2026-11-23 12:57:33.0822+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:32.566878+00', '2026-11-23 12:57:36.708824+00');
INSERT INTO public.messages VALUES (7, 'sandbox:52ath2y7:card', 'channel:C0SABKH6I2U', 'C0SABKH6I2U', NULL, 'U0BGNB6CVVG', NULL, NULL, 0, NULL, NULL, 3, 'sandbox.card', '52ath2y7', NULL, NULL, NULL, NULL, NULL, false, 5, 5, '22955b33dc2597c6e8ef4085e08cd9ef', 'C0SABKH6I2U', '1795438655.379392', 'shown', NULL, '2026-11-23 12:57:38.575361+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:34.438664+00', '2026-11-23 12:57:38.826846+00');
INSERT INTO public.messages VALUES (12, 'call:c-pr7svqd4ry:answer', 'response:call:c-pr7svqd4ry:answer', NULL, 'U006BDQTENO', NULL, NULL, '2026-11-23 13:27:38.770044+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *orphan*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *orphan*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 12:57:39.038908+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:39.038908+00', '2026-11-23 12:57:39.18962+00');
INSERT INTO public.messages VALUES (11, 'sandbox:vpnnh45s:card', 'channel:C0SABKH6I2U', 'C0SABKH6I2U', NULL, 'U006BDQTENO', NULL, NULL, 0, NULL, NULL, 3, 'sandbox.card', 'vpnnh45s', NULL, NULL, NULL, NULL, NULL, false, 4, 4, '9e22d65087e453f4e94ca25a3a8f0f86', 'C0SABKH6I2U', '1795438659.054509', 'shown', NULL, '2026-11-23 12:57:40.8519+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:38.925632+00', '2026-11-23 12:57:41.130898+00');
INSERT INTO public.messages VALUES (14, 'call:c-kxtr2asuwu:waits:b9c2cbfbeb5267e7', 'response:call:c-kxtr2asuwu:waits:b9c2cbfbeb5267e7', NULL, 'U0BGNB6CVVG', NULL, NULL, '2026-11-23 13:27:41.145507+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"\u201csandbox create\u201d waits for approval.","blocks":[{"text":{"text":":hourglass_flowing_sand: \u201csandbox create\u201d waits for approval.\n\u2022 *large sandboxes*","type":"mrkdwn"},"type":"section"},{"text":{"emoji":false,"text":"\u2022 Sets up sandbox vast for team default, size large: 8 CPUs, 16Gi memory, 100Gi storage\n\u2022 Deletes it after 3d","type":"plain_text"},"type":"section"},{"elements":[{"text":"Asked in <#C0SABKH6I2U>. You will be told. Reference `c-kxtr2asuwu`","type":"mrkdwn"}],"type":"context"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 12:57:41.381836+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:41.381836+00', '2026-11-23 12:57:41.54827+00');
INSERT INTO public.messages VALUES (13, 'approval:a-xegsrx52:card', 'channel:C0SABKH6I2U', 'C0SABKH6I2U', NULL, NULL, NULL, NULL, 0, NULL, NULL, 1, 'access.approval', 'a-xegsrx52', NULL, NULL, NULL, NULL, NULL, false, 1, 1, 'fc485c801a28027fcfd9644cde08aec9', 'C0SABKH6I2U', '1795438661.482206', 'shown', NULL, '2026-11-23 12:57:41.336595+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:41.336595+00', '2026-11-23 12:57:41.54827+00');
INSERT INTO public.messages VALUES (15, 'sandbox:qrkf7r4y:card', 'channel:D04UHNYKJVT', 'D04UHNYKJVT', NULL, 'U0BGNB6CVVG', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 'qrkf7r4y', NULL, NULL, NULL, NULL, NULL, false, 3, 3, '8ed33bf49d9a3bd3f8e012293040077b', 'D04UHNYKJVT', '1795438661.623941', 'shown', NULL, '2026-11-23 12:57:41.524626+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:41.524626+00', '2026-11-23 12:57:42.684768+00');
INSERT INTO public.messages VALUES (16, 'call:c-en3rgfhu4t:answer', 'channel:D04UHNYKJVT', 'D04UHNYKJVT', NULL, 'U0BGNB6CVVG', NULL, NULL, 0, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *private*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *private*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, '137059696499c865167a6a9b13fe15e3', 'D04UHNYKJVT', '1795438662.737045', 'shown', NULL, '2026-11-23 12:57:41.554366+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:41.554366+00', '2026-11-23 12:57:42.740864+00');
INSERT INTO public.messages VALUES (17, 'sandbox:afc6qdhn:card', 'person:U0BGNB6CVVG', NULL, 'U0BGNB6CVVG', 'U0BGNB6CVVG', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 'afc6qdhn', NULL, NULL, NULL, NULL, NULL, false, 3, 3, 'd24fb835c4f5279e07e801b6b1c37040', 'D04UHNYKJVT', '1795438663.086351', 'shown', NULL, '2026-11-23 12:57:42.854938+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:42.854938+00', '2026-11-23 12:57:44.202355+00');
INSERT INTO public.messages VALUES (1, 'home:U0BGNB6CVVG', 'home:U0BGNB6CVVG', NULL, 'U0BGNB6CVVG', NULL, NULL, NULL, 0, NULL, NULL, 3, 'bot.home', 'U0BGNB6CVVG', NULL, NULL, NULL, NULL, NULL, false, 19, 19, '89ee92ee8f3bc108de247e85589cb95b', NULL, NULL, 'shown', NULL, '2026-11-23 12:57:44.328132+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:32.165835+00', '2026-11-23 12:57:44.837573+00');
INSERT INTO public.messages VALUES (18, 'sandbox:b5et3mdn:card', 'channel:C0SABKH6I2U', 'C0SABKH6I2U', NULL, 'U0BGNB6CVVG', NULL, NULL, 0, NULL, NULL, 1, 'sandbox.card', 'b5et3mdn', NULL, NULL, NULL, NULL, NULL, false, 3, 1, '222d8c030ee8080bad3e47ffed52e378', 'C0SABKH6I2U', '1795438664.554469', 'waiting', '2026-11-23 12:57:48.862955+00', '2026-11-23 12:57:44.326757+00', NULL, NULL, NULL, 2, 'chat.update: HTTP 500 instead of an answer', '2026-11-23 12:57:44.326757+00', '2026-11-23 12:57:47.027618+00');
INSERT INTO public.messages VALUES (19, 'call:c-rv4ffmsy98:answer', 'response:call:c-rv4ffmsy98:answer', NULL, 'U0BGNB6CVVG', NULL, NULL, '2026-11-23 13:27:44.19147+00', 1, NULL, NULL, 1, NULL, NULL, '{"text":"Setting up *stuck*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *stuck*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 1, NULL, NULL, NULL, 'shown', NULL, '2026-11-23 12:57:44.444467+00', NULL, NULL, NULL, 0, NULL, '2026-11-23 12:57:44.444467+00', '2026-11-23 12:57:44.718785+00');
INSERT INTO public.messages VALUES (20, 'call:c-7zf9gmse3y:answer', 'channel:C0SABKH6I2U', 'C0SABKH6I2U', NULL, 'U0BGNB6CVVG', NULL, NULL, 0, NULL, '1795438664.565834', 1, NULL, NULL, '{"text":"4 sandboxes","blocks":[{"accessory":{"action_id":"run:sandbox.show:ace96d8f","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"rzdwyqqj\"},\"confirmed\":false,\"version\":null}"},"text":{"text":":large_green_circle: *checkout* is ready\nlarge \u00b7 until <!date^1795697853^{date_short_pretty} at {time}|2026-11-26 12:57 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:386ca7c2","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"qrkf7r4y\"},\"confirmed\":false,\"version\":null}"},"text":{"text":":large_green_circle: *private* is ready\nsmall \u00b7 until <!date^1795697861^{date_short_pretty} at {time}|2026-11-26 12:57 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:44317ff7","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"afc6qdhn\"},\"confirmed\":false,\"version\":null}"},"text":{"text":":large_green_circle: *scripted* is ready\nsmall \u00b7 until <!date^1795697862^{date_short_pretty} at {time}|2026-11-26 12:57 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:70ac0789","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"b5et3mdn\"},\"confirmed\":false,\"version\":null}"},"text":{"text":":construction: *stuck* is being set up\nsmall \u00b7 until <!date^1795697864^{date_short_pretty} at {time}|2026-11-26 12:57 UTC>","type":"mrkdwn"},"type":"section"}]}', NULL, NULL, NULL, NULL, false, 1, 0, NULL, NULL, NULL, 'waiting', '2026-11-23 12:57:48.901593+00', '2026-11-23 12:57:44.655245+00', NULL, NULL, '2026-11-23 12:57:45.78141+00', 2, 'chat.postMessage: HTTP 500 instead of an answer', '2026-11-23 12:57:44.655245+00', '2026-11-23 12:57:47.250465+00');



INSERT INTO public.people VALUES ('U0BGNB6CVVG', 'ada', 'Europe/Berlin', true, '2026-11-23 12:57:32.306622+00', false, NULL);
INSERT INTO public.people VALUES ('U0R32BJVJG2', 'grace', 'America/New_York', true, '2026-11-23 12:57:32.943388+00', false, NULL);
INSERT INTO public.people VALUES ('U006BDQTENO', 'linus', 'Europe/Helsinki', false, '2026-11-23 12:57:40.518751+00', true, NULL);



INSERT INTO public.sandboxes VALUES ('rzdwyqqj', 'c-zkdpaj935j', 'checkout', 'U0BGNB6CVVG', 'ada', 'default', 'large', 'spring sale, ö & <b>', 'sbx-default-checkout-xfqc', '8361c49c-8890-4245-ada7-b16deb0ea57d', 'ready', true, 3, NULL, 0, '2026-11-23 12:57:33.246403+00', '2026-11-26 12:57:33.246403+00', NULL, '2026-11-23 13:07:33.617231+00', NULL, NULL);
INSERT INTO public.sandboxes VALUES ('52ath2y7', 'c-f7q5cs9nab', 'gone', 'U0BGNB6CVVG', 'ada', 'default', 'small', '', 'sbx-default-gone-ut9n', 'b3f7d13b-0720-4273-a36f-14634d2f5f8f', 'deleted', false, 6, NULL, 0, '2026-11-23 12:57:34.330681+00', '2026-11-26 12:57:34.330681+00', '2026-11-23 12:57:35.991845+00', NULL, NULL, NULL);
INSERT INTO public.sandboxes VALUES ('vpnnh45s', 'c-pr7svqd4ry', 'orphan', '', 'team default', 'default', 'small', '', 'sbx-default-orphan-q7sm', '89c4e42d-1d18-43af-93ad-2e17beadef5b', 'ready', true, 5, NULL, 0, '2026-11-23 12:57:38.85186+00', '2026-11-26 12:57:38.85186+00', NULL, '2026-11-23 13:07:41.096466+00', NULL, 'linus');
INSERT INTO public.sandboxes VALUES ('qrkf7r4y', 'c-en3rgfhu4t', 'private', 'U0BGNB6CVVG', 'ada', 'default', 'small', '', 'sbx-default-private-7997', 'b8b0c855-13d9-42b3-ac8c-37cdfd2ddd87', 'ready', true, 3, NULL, 0, '2026-11-23 12:57:41.453375+00', '2026-11-26 12:57:41.453375+00', NULL, '2026-11-23 13:07:41.881396+00', NULL, NULL);
INSERT INTO public.sandboxes VALUES ('afc6qdhn', 'c-k4xfkfdanc', 'scripted', 'U0BGNB6CVVG', 'ada', 'default', 'small', '', 'sbx-default-scripted-vmhc', '8fc3d707-eb38-4e46-87d3-6826ed10aa8b', 'ready', true, 3, NULL, 0, '2026-11-23 12:57:42.794486+00', '2026-11-26 12:57:42.794486+00', NULL, '2026-11-23 13:07:43.045508+00', NULL, NULL);
INSERT INTO public.sandboxes VALUES ('b5et3mdn', 'c-rv4ffmsy98', 'stuck', 'U0BGNB6CVVG', 'ada', 'default', 'small', '', 'sbx-default-stuck-n7zf', NULL, 'provisioning', true, 4, 'The cluster is not available right now; I keep trying.', 2, '2026-11-23 12:57:44.294629+00', '2026-11-26 12:57:44.294629+00', NULL, '2026-11-23 12:57:50.825613+00', NULL, NULL);



INSERT INTO public.tokens VALUES ('m56cna8w', '\xeee1bba187b46af6c644b330ebe67b040ea65c81c66bca609f9631ce1256b14c', 'deploy script', 'U0BGNB6CVVG', '["sandbox.*"]', '2026-11-23 12:57:32.08217+00', '2026-12-02 12:57:32.08217+00', '2026-11-23 12:57:42.695078+00', NULL);



INSERT INTO public.usergroups VALUES ('@approvers', 'S0ZPF6K2CPR', '["U0R32BJVJG2"]', '2026-11-23 12:57:32.253997+00');



SELECT pg_catalog.setval('public.audit_id_seq', 25, true);



SELECT pg_catalog.setval('public.events_id_seq', 1, true);



SELECT pg_catalog.setval('public.messages_id_seq', 20, true);



ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);



ALTER TABLE ONLY public.approval_votes
    ADD CONSTRAINT approval_votes_pkey PRIMARY KEY (approval, user_id);



ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT approvals_call_rule_key UNIQUE (call, rule);



ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT approvals_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.audit_anchors
    ADD CONSTRAINT audit_anchors_pkey PRIMARY KEY (sequence);



ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);



ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_sequence_key UNIQUE (sequence);



ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_stamp_key UNIQUE (stamp);



ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_key_key UNIQUE (key);



ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_pkey PRIMARY KEY (ref);



ALTER TABLE ONLY public.direct_channels
    ADD CONSTRAINT direct_channels_pkey PRIMARY KEY (user_id);



ALTER TABLE ONLY public.event_deliveries
    ADD CONSTRAINT event_deliveries_pkey PRIMARY KEY (event_id, subscriber);



ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);



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



ALTER TABLE ONLY public.usergroups
    ADD CONSTRAINT usergroups_pkey PRIMARY KEY (ref);



CREATE INDEX ix_approvals_asked_at ON public.approvals USING btree (asked_at);



CREATE INDEX ix_approvals_due ON public.approvals USING btree (due_at) WHERE (due_at IS NOT NULL);



CREATE INDEX ix_audit_action ON public.audit USING btree (action, id);



CREATE INDEX ix_audit_actor ON public.audit USING btree (actor, id);



CREATE INDEX ix_audit_at ON public.audit USING btree (at);



CREATE INDEX ix_audit_call ON public.audit USING btree (call, id) WHERE (call IS NOT NULL);



CREATE INDEX ix_audit_object ON public.audit USING btree (object, id) WHERE (object IS NOT NULL);



CREATE INDEX ix_audit_on_behalf_of ON public.audit USING btree (on_behalf_of, id) WHERE (on_behalf_of IS NOT NULL);



CREATE INDEX ix_audit_unsealed ON public.audit USING btree (id) WHERE (sequence IS NULL);



CREATE INDEX ix_calls_live ON public.calls USING btree (lease_until) WHERE (lease_until IS NOT NULL);



CREATE INDEX ix_calls_received_at ON public.calls USING btree (received_at);



CREATE INDEX ix_event_deliveries_due ON public.event_deliveries USING btree (due_at) WHERE (due_at IS NOT NULL);



CREATE INDEX ix_event_deliveries_order ON public.event_deliveries USING btree (subscriber, object_id, event_id) WHERE (due_at IS NOT NULL);



CREATE INDEX ix_events_at ON public.events USING btree (at);



CREATE INDEX ix_messages_claimed ON public.messages USING btree (claim) WHERE (claim IS NOT NULL);



CREATE INDEX ix_messages_due ON public.messages USING btree (due_at) WHERE (due_at IS NOT NULL);



CREATE INDEX ix_messages_parent_key ON public.messages USING btree (parent_key) WHERE (parent_key IS NOT NULL);



CREATE INDEX ix_messages_ts ON public.messages USING btree (ts) WHERE (ts IS NOT NULL);



CREATE INDEX ix_messages_updated_at ON public.messages USING btree (updated_at);



CREATE INDEX ix_people_learnt_at ON public.people USING btree (learnt_at);



CREATE INDEX ix_sandboxes_look_at ON public.sandboxes USING btree (look_at);



CREATE INDEX ix_sandboxes_owner ON public.sandboxes USING btree (owner);



CREATE UNIQUE INDEX uq_sandboxes_team_name ON public.sandboxes USING btree (team, name) WHERE wanted;




