%% The codec benchmark of Erlang/OTP's diameter: processor time per message.
%%
%%   erl -run otp build FOLDER FILE.dia...                    compiles dictionaries into FOLDER
%%   erl -run otp measure STRINGS SECONDS TURNS FILE.bin...   prints one JSON object
%%
%% decode  diameter_codec:decode/3 to a record, with all its checks. STRINGS are `list`, the default of diameter (what decode/2 does), or
%%         `binary`, what {string_decode, false} gives, which is less work.
%% encode  diameter_codec:encode/3 of that record.
%%
%% By message: the median of TURNS measurements of SECONDS each, in nanoseconds, and what shows that the work was done: the `avps` of the
%% message, `unknown` ones among them, `errors` of decoding, `identical` where the encoded octets are those of the file, and `refused`, the
%% AVPs without which decoding reports a missing AVP, as paths of codes.

-module(otp).

-export([build/1, measure/1]).

-define(ENCODE, #{ordered_encode => true}).
-define(MISSING_AVP, 5005).
-define(CALLS_BETWEEN_CLOCKS, 64).

%% Their layout is that of diameter.hrl of diameter 2.2, which Debian keeps in a package of its own.
-record(diameter_packet, {header, avps, msg, bin, errors = [], transport_data}).
-record(diameter_avp, {code, vendor_id, is_mandatory, need_encryption, data, name, value, type, index}).

build([Folder | Files]) ->
    try
        Includes = includes(Folder),
        [compile(File, Folder, Includes) || File <- Files],
        halt(0)
    catch
        Class:Reason:Stack -> fail({Class, Reason, Stack})
    end.

compile(File, Folder, Includes) ->
    case diameter_make:codec(File, [erl, {outdir, Folder}]) of
        ok -> ok;
        {error, Reason} -> error({File, diameter_make:format_error(Reason)})
    end,
    {ok, Dictionary} = file:read_file(File),
    {match, [Name]} = re:run(Dictionary, "^@name\\s+(\\S+)", [multiline, {capture, [1], list}]),
    {ok, _} = compile:file(filename:join(Folder, Name), [{outdir, Folder}, {i, Includes}, report]),
    ok.

%% A generated dictionary includes two files that belong to Debian's erlang-dev. What they hold is in the debug information of the
%% dictionaries that diameter itself comes with, so they are written from there.
includes(Folder) ->
    Module = diameter_gen_base_rfc6733,
    {ok, {_, [{abstract_code, {_, Forms}}]}} = beam_lib:chunks(code:which(Module), [abstract_code]),
    Headers = filename:join([Folder, "include", "diameter", "include"]),
    ok = filelib:ensure_dir(filename:join(Headers, "x")),
    [
        ok = file:write_file(filename:join(Headers, Header), self_reference(Module, text(Header, Forms)))
     || Header <- ["diameter.hrl", "diameter_gen.hrl"]
    ],
    filename:join(Folder, "include").

%% The records and functions of one included file, without what diameter_exprecs put among them.
text(Header, Forms) ->
    {_, Found} = lists:foldl(
        fun
            ({attribute, _, file, {Path, _}}, {_, Found}) -> {filename:basename(Path) == Header, Found};
            ({function, _, Name, _, _} = Form, {true, Found}) ->
                case atom_to_list(Name) of
                    "#" ++ _ -> {true, Found};
                    _ -> {true, [erl_pp:form(Form) | Found]}
                end;
            ({attribute, _, record, _} = Form, {true, Found}) -> {true, [erl_pp:form(Form) | Found]};
            (_, Acc) -> Acc
        end,
        {false, []},
        Forms
    ),
    lists:reverse(Found).

self_reference(Module, Text) ->
    string:replace(Text, atom_to_list(Module), "?MODULE", all).

measure([Strings, Seconds, Turns | Files]) ->
    try
        Options = #{decode_format => record, string_decode => Strings == "list", strict_mbit => true, rfc => 6733},
        Results = [measure(File, Options, list_to_float(Seconds), list_to_integer(Turns)) || File <- Files],
        io:format("{~ts}~n", [lists:join(", ", Results)]),
        halt(0)
    catch
        Class:Reason:Stack -> fail({Class, Reason, Stack})
    end.

fail(Why) ->
    io:format(standard_error, "otp: ~tp~n", [Why]),
    halt(1).

measure(File, Options, Seconds, Turns) ->
    {ok, Octets} = file:read_file(File),
    Dictionary = dictionary(Octets),
    #diameter_packet{header = Header, msg = Record, errors = Errors, avps = Avps} =
        diameter_codec:decode(Dictionary, Options, Octets),
    Packet = #diameter_packet{header = Header, msg = Record},
    #diameter_packet{bin = Encoded} = diameter_codec:encode(Dictionary, ?ENCODE, Packet),
    Flat = lists:flatten(flatten(Avps)),
    Refused = lists:usort([Path || {Path, Without} <- without_one(Octets, groups(Avps)), misses(Dictionary, Options, Without)]),
    Decode = median(fun() -> diameter_codec:decode(Dictionary, Options, Octets) end, Seconds, Turns),
    Encode = median(fun() -> diameter_codec:encode(Dictionary, ?ENCODE, Packet) end, Seconds, Turns),
    io_lib:format(
        "\"~ts\": {\"avps\": ~b, \"unknown\": ~b, \"errors\": ~b, \"identical\": ~p, \"refused\": [~ts], "
        "\"decode\": ~.1f, \"encode\": ~.1f}",
        [
            filename:basename(File, ".bin"),
            length(Flat),
            length([A || #diameter_avp{name = undefined} = A <- Flat]),
            length(Errors),
            Encoded == Octets,
            lists:join(", ", [[$", Path, $"] || Path <- Refused]),
            Decode,
            Encode
        ]
    ).

dictionary(<<_:64, 0:32, _/binary>>) -> diameter_gen_base_rfc6733;
dictionary(<<_:64, 4:32, _/binary>>) -> bench_credit_control;
dictionary(<<_:64, 6:32, _/binary>>) -> bench_sip.

%% A group is [Avp | Members].
flatten([]) -> [];
flatten([[Group | Members] | Rest]) -> [Group, flatten(Members) | flatten(Rest)];
flatten([Avp | Rest]) -> [Avp | flatten(Rest)].

groups(Avps) ->
    lists:flatmap(
        fun
            ([#diameter_avp{code = Code, vendor_id = Vendor} | Members]) -> [{Code, Vendor} | groups(Members)];
            (_) -> []
        end,
        Avps
    ).

%% {Path, Octets} of the message without one of its AVPs, for each of them at every depth.
without_one(<<Version, _:24, Header:16/binary, Avps/binary>>, Groups) ->
    [
        {Path, <<Version, (20 + byte_size(Rest)):24, Header/binary, Rest/binary>>}
     || {Path, Rest} <- without_one(<<>>, Avps, Groups)
    ].

without_one(_, <<>>, _) ->
    [];
without_one(Before, <<Code:32, Flags, Length:24, _/binary>> = Avps, Groups) ->
    Size = (Length + 3) band (bnot 3),
    <<Avp:Size/binary, After/binary>> = Avps,
    HeadSize = 8 + 4 * (Flags bsr 7),
    <<_:8/binary, Vendor:((HeadSize - 8) * 8), Members/binary>> = Avp,
    Name = integer_to_list(Code),
    Inner =
        case lists:member({Code, vendor(Flags, Vendor)}, Groups) of
            true ->
                [
                    {Name ++ "." ++ Path, <<Before/binary, (shortened(Avp, HeadSize, Rest))/binary, After/binary>>}
                 || {Path, Rest} <- without_one(<<>>, Members, Groups)
                ];
            false ->
                []
        end,
    [{Name, <<Before/binary, After/binary>>} | Inner] ++ without_one(<<Before/binary, Avp/binary>>, After, Groups).

vendor(Flags, _) when Flags < 128 -> undefined;
vendor(_, Vendor) -> Vendor.

shortened(<<Code:32, Flags, _:24, Avp/binary>>, HeadSize, Members) ->
    Rest = HeadSize - 8,
    <<Vendor:Rest/binary, _/binary>> = Avp,
    <<Code:32, Flags, (HeadSize + byte_size(Members)):24, Vendor/binary, Members/binary>>.

misses(Dictionary, Options, Octets) ->
    #diameter_packet{errors = Errors} = diameter_codec:decode(Dictionary, Options, Octets),
    lists:keymember(?MISSING_AVP, 1, [E || E <- Errors, is_tuple(E)]).

%% Nanoseconds of processor time of the whole emulator, which runs one scheduler that never waits.
median(Call, Seconds, Turns) ->
    spin(Call, Seconds),
    lists:nth(Turns div 2 + 1, lists:sort([spin(Call, Seconds) || _ <- lists:seq(1, Turns)])).

spin(Call, Seconds) ->
    spin(Call, Seconds * 1000, runtime(), 0).

spin(Call, Milliseconds, Start, Calls) ->
    repeat(Call, ?CALLS_BETWEEN_CLOCKS),
    case runtime() - Start of
        Elapsed when Elapsed >= Milliseconds -> Elapsed * 1.0e6 / (Calls + ?CALLS_BETWEEN_CLOCKS);
        _ -> spin(Call, Milliseconds, Start, Calls + ?CALLS_BETWEEN_CLOCKS)
    end.

repeat(_, 0) ->
    ok;
repeat(Call, N) ->
    Call(),
    repeat(Call, N - 1).

runtime() ->
    element(1, statistics(runtime)).
