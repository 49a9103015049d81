%% diameter of Erlang/OTP as a peer, driven by the tests.
%%
%%   erl -noshell -run diamgen_peer compile FOLDER FILE NAME...   compiles dictionaries into FOLDER; each inherits from those before it
%%   erl -noshell -pa FOLDER -run diamgen_peer main
%%
%% Standard input: one Erlang term a line, ended by a full stop.
%%
%%   {start, Map}                        dictionaries, service, listener; see start/1
%%   {connect, Port}                     connects to that port, and again when it was closed
%%   {disconnect, Cause}                 DPR with that Disconnect-Cause to every peer; it listens on another port then, and connects no more
%%   {serve, Name, Reply}                requests of that name ('MAR') are answered so: {answer, 'MAA', Map}, {answer_message, ResultCode} or discard
%%   {call, Id, Application, Name, Map}  sends a request; what it leaves out of Session-Id, Origin-Host and Origin-Realm is filled in
%%   {call_octets, Id, Application, Octets}  sends a request as it is; the identifiers are diameter's
%%
%% Standard output: one JSON object a line with an `event`.
%%
%%   listening {port}, up {peer}, down {peer}, watchdog {from, to}, failed {reason}
%%   message {direction, name, flags, applicationId, length, errors, avps}  every message that is sent or received, decoded with all checks
%%   answer {id, name, errors, avps}     the answer to a call; `error` where there was none

-module(diamgen_peer).

-export([compile/1, main/0, message/2, disconnect/3, watchdog_ms/1]).
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3]).
-export([handle_request/3, handle_answer/4, handle_error/4]).

-include_lib("diameter/include/diameter.hrl").

-define(COMMON, diameter_gen_base_rfc6733).
-define(CODEC, #{decode_format => map, string_decode => false, strict_mbit => true, rfc => 6733}).

compile([Folder | Files]) ->
    try
        true = code:add_patha(Folder),
        dictionaries(Folder, Files),
        halt(0)
    catch
        Class:Reason:Stack ->
            io:format(standard_error, "~tp~n", [{Class, Reason, Stack}]),
            halt(1)
    end.

dictionaries(_, []) ->
    ok;
dictionaries(Folder, [File, Name | Files]) ->
    Common = [{inherits, "common/diameter_gen_base_rfc6733"} || string:find(Name, "digest") == nomatch],
    {ok, [Forms]} = diameter_make:codec(File, Common ++ [forms, return, {name, Name}, {prefix, Name}]),
    {ok, _, Beam} = compile:forms(Forms),
    ok = file:write_file(filename:join(Folder, Name ++ ".beam"), Beam),
    dictionaries(Folder, Files).

main() ->
    try
        ok = diameter:start(),
        loop()
    catch
        Class:Reason:Stack -> tell(#{event => failed, reason => text({Class, Reason, Stack})})
    end,
    halt(0).

loop() ->
    case io:read('') of
        {ok, Term} ->
            run(Term),
            loop();
        eof ->
            ok
    end.

run({start, Options}) ->
    start(Options);
run({connect, Port}) ->
    {ok, _} = diameter:add_transport(?MODULE, {connect, [{connect_timer, 200} | transport([{raddr, {127, 0, 0, 1}}, {rport, Port}])]});
run({disconnect, Cause}) ->
    persistent_term:put({?MODULE, cause}, Cause),
    ok = diameter:remove_transport(?MODULE, true),
    listen();
run({serve, Name, Reply}) ->
    persistent_term:put({?MODULE, serve, Name}, Reply);
run({call, Id, Application, Name, Avps}) ->
    call(Id, Application, [Name | Avps]);
run({call_octets, Id, Application, Octets}) ->
    call(Id, Application, Octets).

%% host, realm: of the service. applications: {Alias, Dictionary}. watchdog: Tw in milliseconds.
start(#{host := Host, realm := Realm, applications := Applications, watchdog := Watchdog}) ->
    persistent_term:put({?MODULE, dictionaries}, [{Dictionary:id(), Dictionary} || {_, Dictionary} <- Applications]),
    persistent_term:put({?MODULE, watchdog}, Watchdog),
    spawn_link(fun() ->
        true = diameter:subscribe(?MODULE),
        events()
    end),
    Ids = [Dictionary:id() || {_, Dictionary} <- Applications],
    ok = diameter:start_service(?MODULE, [
        {'Origin-Host', Host},
        {'Origin-Realm', Realm},
        {'Host-IP-Address', [{127, 0, 0, 1}]},
        {'Vendor-Id', 193},
        {'Product-Name', "OTP/diameter"},
        {'Auth-Application-Id', [Id || Id <- Ids, Id =/= 3]},
        {'Acct-Application-Id', [Id || Id <- Ids, Id == 3]},
        {decode_format, map},
        {string_decode, false},
        {strict_mbit, true},
        {strict_arities, true},
        %% Without it the base protocol would be that of RFC 3588.
        {application, [{alias, common}, {dictionary, ?COMMON}, {module, ?MODULE}]}
        | [
            {application, [
                {alias, Alias}, {dictionary, Dictionary}, {module, ?MODULE}, {answer_errors, callback}, {request_errors, answer}
            ]}
         || {Alias, Dictionary} <- Applications
        ]
    ]),
    listen().

listen() ->
    {ok, Ref} = diameter:add_transport(?MODULE, {listen, transport([{ip, {127, 0, 0, 1}}, {port, 0}])}),
    [{{_, _, {_, {_, Socket}}}, _}] = diameter_reg:wait({diameter_tcp, listener, {Ref, '_'}}),
    {ok, Port} = inet:port(Socket),
    tell(#{event => listening, port => Port}).

transport(Config) ->
    [
        {transport_module, diameter_tcp},
        {transport_config, [{reuseaddr, true}, {message_cb, {?MODULE, message, []}} | Config]},
        %% At least 6 s as a number (RFC 3539 section 3.4.1); the value of a function is taken as it is.
        {watchdog_timer, {?MODULE, watchdog_ms, [persistent_term:get({?MODULE, watchdog})]}},
        {disconnect_cb, {?MODULE, disconnect, []}}
    ].

watchdog_ms(Ms) -> Ms.

disconnect(_Reason, _Ref, _Peer) -> {dpr, [{cause, persistent_term:get({?MODULE, cause}, goaway)}]}.

events() ->
    receive
        #diameter_event{info = {up, _, {_, Caps}, _, _}} -> tell(#{event => up, peer => name(Caps)});
        #diameter_event{info = {up, _, {_, Caps}, _}} -> tell(#{event => up, peer => name(Caps)});
        #diameter_event{info = {down, _, {_, Caps}, _}} -> tell(#{event => down, peer => name(Caps)});
        #diameter_event{info = {watchdog, _, _, {From, To}, _}} -> tell(#{event => watchdog, from => From, to => To});
        #diameter_event{info = {closed, _, Reason, _}} -> tell(#{event => closed, reason => text(Reason)});
        _ -> ok
    end,
    events().

name(#diameter_caps{origin_host = {_, Peer}}) -> iolist_to_binary([Peer]).

%% message_cb of diameter_tcp: every message that is sent or received, the base protocol's own too.
message(ack, _) ->
    [];
message(Direction, Message) ->
    Octets = if is_binary(Message) -> Message; true -> Message#diameter_packet.bin end,
    try tell(maps:merge(decoded(Octets), #{event => message, direction => Direction}))
    catch Class:Reason:Stack -> tell(#{event => failed, reason => text({Class, Reason, Stack})})
    end,
    [Message].

decoded(<<_:32, Flags, _:24, Id:32, _/binary>> = Octets) ->
    Application = proplists:get_value(Id, persistent_term:get({?MODULE, dictionaries}), ?COMMON),
    Message = case Flags band 16#a0 of 16#20 -> ?COMMON; _ -> Application end,
    Packet = diameter_codec:decode({Message, Application}, ?CODEC, Octets),
    maps:merge(content(Packet), #{flags => Flags, applicationId => Id, hex => binary:encode_hex(Octets)}).

content(#diameter_packet{msg = undefined, errors = Errors}) -> #{name => unknown, errors => errors(Errors), avps => #{}};
content(#diameter_packet{msg = [Name | Avps], errors = Errors}) -> #{name => Name, errors => errors(Errors), avps => Avps}.

errors(Errors) ->
    [
        case Error of
            {Code, #diameter_avp{} = Avp} -> [Code, Avp];
            Code -> [Code]
        end
     || Error <- Errors
    ].

call(Id, Application, Message) ->
    spawn_link(fun() ->
        Answer =
            case diameter:call(?MODULE, Application, Message) of
                #diameter_packet{} = Packet -> content(Packet);
                Error -> #{error => text(Error)}
            end,
        tell(Answer#{event => answer, id => Id})
    end).

peer_up(_, _, State) -> State.
peer_down(_, _, State) -> State.
pick_peer([Peer | _], _, _, _) -> {ok, Peer};
pick_peer([], _, _, _) -> false.

prepare_request(#diameter_packet{msg = [Name | Avps]}, _, {_, Caps}) when is_atom(Name) ->
    #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}} = Caps,
    Filled = #{'Session-Id' => diameter:session_id(Host), 'Origin-Host' => Host, 'Origin-Realm' => Realm},
    {send, [Name | maps:merge(Filled, Avps)]};
prepare_request(Packet, _, _) ->
    {send, Packet}.

prepare_retransmit(Packet, _, _) -> {send, Packet}.

handle_request(#diameter_packet{msg = [Name | Request]}, _, {_, Caps}) ->
    #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}} = Caps,
    case persistent_term:get({?MODULE, serve, Name}, {answer_message, 3004}) of
        {answer, Answer, Avps} ->
            Filled = maps:with(['Session-Id', 'Proxy-Info'], Request),
            {reply, [Answer | maps:merge(Filled#{'Origin-Host' => Host, 'Origin-Realm' => Realm}, Avps)]};
        Other ->
            Other
    end.

handle_answer(Packet, _, _, _) -> Packet.

handle_error(Reason, _, _, _) -> {error, Reason}.

%% JSON. A string is a binary or an atom; octets that are no text are {"hex": ...}; tuples are arrays.
tell(Map) -> io:put_chars([json(Map), $\n]).

json(true) -> "true";
json(false) -> "false";
json(undefined) -> "null";
json(Atom) when is_atom(Atom) -> json(atom_to_binary(Atom));
json(Integer) when is_integer(Integer) -> integer_to_list(Integer);
json(Float) when is_float(Float) -> io_lib:format("~p", [Float]);
json(Map) when is_map(Map) -> [${, lists:join($,, [[json(Key), $:, json(Value)] || {Key, Value} <- maps:to_list(Map)]), $}];
json(#diameter_avp{code = Code, vendor_id = Vendor, name = Name, data = Data}) ->
    json(#{code => Code, vendor => Vendor, name => Name, hex => binary:encode_hex(iolist_to_binary([Data]))});
json(#diameter_uri{type = Type, fqdn = Host, port = Port, transport = Transport, protocol = Protocol}) ->
    json(iolist_to_binary(io_lib:format("~s://~s:~b;transport=~s;protocol=~s", [Type, Host, Port, Transport, Protocol])));
json(List) when is_list(List) -> [$[, lists:join($,, [json(Item) || Item <- List]), $]];
json(Tuple) when is_tuple(Tuple) -> json(tuple_to_list(Tuple));
json(Binary) when is_binary(Binary) ->
    case lists:all(fun(Octet) -> Octet >= 32 andalso Octet < 127 end, binary_to_list(Binary)) of
        true -> [$", [escaped(Octet) || <<Octet>> <= Binary], $"];
        false -> json(#{hex => binary:encode_hex(Binary)})
    end.

escaped($") -> "\\\"";
escaped($\\) -> "\\\\";
escaped(Octet) -> Octet.

text(Term) -> iolist_to_binary(io_lib:format("~0tP", [Term, 60])).
