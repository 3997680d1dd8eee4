%% Erlang/OTP's Diameter stack on S13: an MME that asks, one that loads, and a bare EIR to compare with.
%%
%%   check HOST PORT REALM [IMSI IMEI VERSION]...   a line per question, "-" where there is nothing
%%   load HOST PORT REALM COUNT AT_ONCE             answers per second
%%   serve PORT                                     answers every request with WHITELISTED
-module(s13).

-export([main/0]).
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3, handle_answer/4,
         handle_error/4, handle_request/3]).

-include_lib("diameter/include/diameter.hrl").
-include_lib("diameter/include/diameter_gen_base_rfc6733.hrl").

-define(S13, 16777252).

main() ->
    [Folder | Words] = init:get_plain_arguments(),
    {ok, [Forms]} = diameter_make:codec(filename:join(Folder, "s13.dia"), [return, forms]),
    {ok, Dictionary, Binary} = compile:forms(Forms),
    {module, Dictionary} = code:load_binary(Dictionary, "s13.dia", Binary),
    ok = application:start(asn1), ok = application:start(crypto), ok = application:start(public_key),
    ok = application:start(ssl), ok = diameter:start(),
    run(Dictionary, Words).

run(Dictionary, ["serve", Port]) ->
    start(Dictionary, "eir.otp"),
    {ok, _} = diameter:add_transport(node, {listen, [{transport_module, diameter_tcp},
        {transport_config, [{ip, {127, 0, 0, 1}}, {port, list_to_integer(Port)}, {reuseaddr, true}]}]}),
    receive never -> ok end;
run(Dictionary, ["check", Host, Port, Realm | Questions]) ->
    connect(Dictionary, Host, Port),
    ask_each(Realm, Questions),
    stop();
run(Dictionary, ["load", Host, Port, Realm, Count, AtOnce]) ->
    connect(Dictionary, Host, Port),
    Workers = list_to_integer(AtOnce),
    Each = list_to_integer(Count) div Workers,
    Self = self(),
    Started = erlang:monotonic_time(microsecond),
    Pids = [spawn_link(fun() -> repeat(Realm, Each), Self ! {done, self()} end) || _ <- lists:seq(1, Workers)],
    [receive {done, Pid} -> ok end || Pid <- Pids],
    Took = erlang:monotonic_time(microsecond) - Started,
    io:format("~b~n", [Each * Workers * 1000000 div Took]),
    stop().

repeat(_, 0) -> ok;
repeat(Realm, Count) ->
    #{} = call(Realm, "999010000000001", "35693803564380", "01"),
    repeat(Realm, Count - 1).

start(Dictionary, Name) ->
    Application = #'diameter_base_Vendor-Specific-Application-Id'{'Vendor-Id' = 10415, 'Auth-Application-Id' = [?S13]},
    ok = diameter:start_service(node, [
        {'Origin-Host', Name ++ ".localdomain"}, {'Origin-Realm', "localdomain"}, {'Vendor-Id', 10415},
        {'Product-Name', "otp"}, {'Host-IP-Address', [{127, 0, 0, 1}]}, {'Supported-Vendor-Id', [10415]},
        {'Vendor-Specific-Application-Id', [Application]},
        {decode_format, map}, {string_decode, true},
        {application, [{alias, s13}, {dictionary, Dictionary}, {module, ?MODULE}, {answer_errors, callback}]}]).

connect(Dictionary, _Host, Port) ->
    start(Dictionary, "mme.otp"),
    true = diameter:subscribe(node),
    {ok, _} = diameter:add_transport(node, {connect, [{transport_module, diameter_tcp},
        {transport_config, [{raddr, {127, 0, 0, 1}}, {rport, list_to_integer(Port)}, {reuseaddr, true}]},
        {connect_timer, 200}]}),
    receive
        #diameter_event{info = Info} when element(1, Info) =:= up -> ok
    after 10000 ->
        io:format("not open~n"), halt(1)
    end.

stop() ->
    diameter:stop_service(node),
    halt(0).

ask_each(_, []) -> ok;
ask_each(Realm, [Imsi, Imei, Version | More]) ->
    Answer = call(Realm, Imsi, Imei, Version),
    io:format("~s~n", [told(Answer)]),
    ask_each(Realm, More).

told(#{} = Answer) ->
    Experimental = one('Experimental-Result', Answer, #{}),
    Result = one('Result-Code', Answer, maps:get('Experimental-Result-Code', Experimental, -1)),
    Routes = [binary_to_list(iolist_to_binary(Host)) || Host <- maps:get('Route-Record', Answer, [])],
    io_lib:format("~b ~b ~b ~p ~p", [Result, maps:get('Vendor-Id', Experimental, 0), one('Equipment-Status', Answer, -1),
        maps:get(errors, Answer), Routes]);
told(Other) ->
    io_lib:format("~0p", [Other]).

one(Name, Answer, Otherwise) ->
    case maps:get(Name, Answer, []) of
        [] -> Otherwise;
        [Value | _] -> Value;
        Value -> Value
    end.

call(Realm, Imsi, Imei, Version) ->
    Terminal = maps:from_list([{Name, [Value]} || {Name, Value} <- [{'IMEI', Imei}, {'Software-Version', Version}],
        Value =/= "-"]),
    User = case Imsi of "-" -> []; _ -> [Imsi] end,
    diameter:call(node, s13, ['ECR' | #{
        'Session-Id' => diameter:session_id("mme.otp.localdomain"), 'Auth-Session-State' => 1,
        'Destination-Realm' => Realm, 'Terminal-Information' => Terminal, 'User-Name' => User}], []).

peer_up(_, _, State) -> State.
peer_down(_, _, State) -> State.
pick_peer([Peer | _], _, _, _) -> {ok, Peer};
pick_peer([], _, _, _) -> false.

prepare_request(#diameter_packet{msg = ['ECR' | Request]}, _, {_, Caps}) ->
    #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}} = Caps,
    {send, ['ECR' | Request#{'Origin-Host' => Host, 'Origin-Realm' => Realm}]}.
prepare_retransmit(Packet, _, _) -> {send, Packet}.

handle_answer(#diameter_packet{msg = [_ | Answer], errors = Errors}, _, _, _) -> Answer#{errors => Errors}.
handle_error(Reason, _, _, _) -> {error, Reason}.

handle_request(#diameter_packet{msg = ['ECR' | #{'Session-Id' := Session}], errors = []}, _, {_, Caps}) ->
    #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}} = Caps,
    {reply, ['ECA' | #{'Session-Id' => Session, 'Auth-Session-State' => 1, 'Origin-Host' => Host,
        'Origin-Realm' => Realm, 'Result-Code' => [2001], 'Equipment-Status' => [0]}]}.
