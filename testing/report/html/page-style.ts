/**
 * How the page looks. Two themes by the reader's setting. Colours are told apart by people who see few of them, and no
 * meaning hangs on a colour alone: done is filled, not done is hollow, and each kind has a sign.
 */
export const PAGE_STYLE = `
:root{color-scheme:light dark;
--paper:#f7f6f3;--card:#fff;--ink:#1c1e22;--soft:#5b6069;--line:#dddad3;--faint:#efede8;
--alarm:#b00d45;--alarm-soft:#fdebf0;--alarm-ink:#8f0a38;--on-alarm:#fff;--good:#0c6b58;
--done:#0b5fa5;--on-done:#fff;--skip:#8a6100;--fail:#a8430a;--reject:#5f3a9c;--commit:#23262c;--on-commit:#fff;--neutral:#7a808a;
--link:#0b5fa5;--tick:#c3beb2;--band:#c9c5ba;--hold:#e6eff8;--hold-edge:#8fb3d3;--hatch:#b00d4559;--shadow:0 1px 2px #0000000f,0 4px 16px #0000000a;
--text:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue",Arial,sans-serif;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{
--paper:#131519;--card:#1a1d23;--ink:#e7e8ea;--soft:#a0a6b0;--line:#31363f;--faint:#22262d;
--alarm:#ff4d6d;--alarm-soft:#431522;--alarm-ink:#ff95a6;--on-alarm:#1f0308;--good:#5cc9ad;
--done:#63b0f2;--on-done:#08233b;--skip:#ecd05a;--fail:#f59a4a;--reject:#bb9cf0;--commit:#e7e8ea;--on-commit:#16181c;--neutral:#8a919c;
--link:#8ecbff;--tick:#4d5460;--band:#4a515d;--hold:#22303f;--hold-edge:#4a6a8c;--hatch:#ff4d6d66;--shadow:none}}
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 var(--text);overflow-wrap:break-word}
h1,h2,h3{line-height:1.2;text-wrap:balance;margin:0}
p,ol,ul,dl,dd{margin:0}
code,pre{font-family:var(--mono);font-size:.875em}
a{color:var(--link)}
.small{font-size:.8125rem;color:var(--soft);line-height:1.5}
:focus-visible{outline:3px solid var(--done);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999px;top:0;background:var(--card);padding:.5rem 1rem;z-index:2}
.skip:focus{left:0}
.banner-in,main,footer{max-width:1240px;margin:0 auto;padding-inline:clamp(1rem,3vw,2rem)}
.banner{border-bottom:1px solid var(--line);background:var(--card)}
.banner-in{padding-block:1rem 1.1rem;display:grid;grid-template-columns:auto 1fr;gap:.2rem 1.5rem;align-items:baseline}
.product{font:600 .8125rem/1.4 var(--mono);letter-spacing:.01em;color:var(--soft)}
.banner h1{font-size:1.05rem;font-weight:650}
.banner-broken h1{color:var(--alarm-ink)}
.banner-held h1{color:var(--good)}
.sign{font-weight:800}
.about{grid-column:1/-1;color:var(--soft);font-size:.9375rem;max-width:75ch}
.figures{white-space:nowrap;font-variant-numeric:tabular-nums}
main{padding-block:1.5rem 2rem;display:grid;gap:2rem;grid-template-columns:minmax(0,1fr)}
.contents ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.4rem 1.5rem;font-size:.9375rem}
a .broke{color:inherit}
.contents code{color:var(--soft)}
.failure{display:grid;gap:1.75rem;grid-template-columns:minmax(0,1fr)}
.failure+.failure{border-top:2px solid var(--line);padding-top:2rem}
.eyebrow{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:center;font-size:.8125rem;color:var(--soft)}
.badge{background:var(--alarm);color:var(--on-alarm);font-weight:650;padding:.1rem .55rem;border-radius:999px}
.failure-head h2{font-size:clamp(1.6rem,1.1rem + 2.2vw,2.5rem);letter-spacing:-.015em;font-weight:720;margin:.6rem 0 .5rem}
.lede{font-size:1.125rem;max-width:68ch;line-height:1.5}
.facts{display:grid;grid-auto-flow:column;grid-auto-columns:auto;gap:1px;margin-top:1.1rem;background:var(--line);border:1px solid var(--line);border-radius:8px;box-shadow:var(--shadow);overflow:hidden}
.fact{padding:.6rem 1.1rem;background:var(--card);min-width:0}
.fact dt{font-size:.75rem;color:var(--soft)}
.fact dd{font-weight:620;font-variant-numeric:tabular-nums}
.fact dd small{display:block;font-weight:400;font-size:.75rem;color:var(--soft)}
.fact-cost dd{color:var(--alarm-ink);font-size:1.125rem}
.fact-cost dd small{text-wrap:balance;color:var(--ink);font-size:.8125rem}
.advice{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:.75rem 2.5rem;margin-top:1.1rem}
.advice>div{border-left:4px solid var(--good);padding-left:1rem}
.advice dt{font-weight:680;color:var(--good);font-size:.9375rem}
.columns{display:grid;grid-template-columns:minmax(0,1.35fr) minmax(0,1fr);gap:1.75rem 2.5rem;align-items:start}
h3{font-size:1rem;font-weight:680}
.story ol{list-style:none;padding:0;margin-top:.7rem}
.story{--time:5.2rem}
.story-long{--time:8.2rem}
.step{display:grid;grid-template-columns:var(--time) minmax(0,1fr);gap:1.6rem;padding:.3rem 0;position:relative}
.step time{font:500 .8125rem/1.75 var(--mono);color:var(--soft);text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.step::before{content:"";position:absolute;left:calc(var(--time) + .75rem);top:0;bottom:0;width:2px;background:var(--line)}
.step:first-child::before{top:.9rem}
.step:last-child::before{bottom:calc(100% - .9rem)}
.step::after{content:"";position:absolute;left:calc(var(--time) + .75rem - 4px);top:.72rem;width:10px;height:10px;border-radius:50%;background:var(--paper);border:2px solid var(--neutral)}
.step-trouble::after{border-color:var(--fail);background:var(--fail)}
.step-violation{background:var(--alarm-soft);border-radius:6px;padding:.55rem .8rem .55rem 0;margin-block:.3rem}
.step-violation time{color:var(--alarm-ink);font-weight:700}
.step-violation::after{border-color:var(--alarm);background:var(--alarm);top:.97rem}
.step-tag{color:var(--alarm-ink)}
.step-risk{border:1.5px solid var(--alarm);border-radius:6px;padding:.5rem .8rem .5rem 0;margin-bottom:.3rem}
.step-risk time{color:var(--alarm-ink);font-weight:700}
.step-risk::before{background:var(--alarm);opacity:.55;left:calc(var(--time) + .75rem - 1.5px)}
.step-risk::after{border-color:var(--alarm);top:.94rem;left:calc(var(--time) + .75rem - 5.5px)}
.moment{display:grid;gap:1.5rem;grid-template-columns:minmax(0,1fr)}
.snapshot-scroll{overflow-x:auto;margin-top:.6rem}
.snapshot svg{display:block;font:13px var(--text)}
.snapshot .small{margin-top:.2rem}
.record rect{fill:var(--card);stroke:var(--neutral);stroke-width:1.5}
.record-offset{font-weight:650;font-size:15px;fill:currentColor}
.record-word{font-size:12px;fill:var(--soft)}
.record .glyph{stroke:currentColor}
.record-consumed,.record-rejected{color:var(--on-done)}
.record-consumed rect{fill:var(--done);stroke:var(--done)}
.record-rejected rect{fill:var(--reject);stroke:var(--reject)}
.record-skipped{color:var(--skip)}.record-skipped rect{stroke:var(--skip)}
.record-failed,.record-stale{color:var(--fail)}.record-failed rect,.record-stale rect{stroke:var(--fail)}
.record-removed rect{stroke-dasharray:3 3}
.concerned rect{stroke-width:3}
.concerned .record-word{fill:var(--alarm-ink);font-weight:700}
.covered{fill:none;stroke:var(--soft);stroke-width:1.5}
.covered-text{fill:var(--soft);font-size:12px}
.pointer line{stroke:var(--alarm);stroke-width:2.5}
.pointer text{fill:var(--alarm-ink);font-weight:680;font-size:13px}
.rule{border-left:3px solid var(--line);padding-left:1rem;font-size:.9375rem}
.rule h3{font-size:.875rem;color:var(--soft)}
.rule p+h3{margin-top:.7rem}
.lanes-and-plan{display:grid;grid-template-columns:minmax(0,1fr) 15.4rem;gap:1.4rem;margin-top:.8rem;align-items:start}
.lanes-column{min-width:0}
.chart{display:grid;grid-template-columns:8rem minmax(0,1fr);background:var(--card);border:1px solid var(--line);border-radius:8px;overflow:hidden;box-shadow:var(--shadow)}
.lane-labels{border-right:1px solid var(--line);font-size:.8125rem;line-height:1.3;background:var(--card)}
.lane-label{padding:0 .6rem 0 .8rem;display:flex;flex-direction:column;justify-content:center;overflow:hidden}
.lane-label span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.lane-name{font-weight:600}
.lane-work .lane-name{font-weight:500;padding-left:.7rem}
.lane-work .lane-small{padding-left:.7rem}
.lane-small{color:var(--soft);font-size:.75rem}
.ruler-label{justify-content:flex-end;padding-bottom:.6rem}
.chart-scroll{overflow-x:auto;overflow-y:hidden;min-width:0}
.chart svg{display:block;font:12.5px var(--text)}
.row{fill:transparent}
.row-log{stroke:var(--tick)}
.span-member{fill:var(--band)}
.span-work{fill:var(--hold);stroke:var(--hold-edge);stroke-width:1.5}
.axis,.tick{stroke:var(--tick)}
.moment-band{stroke:var(--neutral);stroke-width:3;stroke-linecap:round}
.tick{stroke-dasharray:2 4}
.tick-label{fill:var(--soft);font-size:11.5px;font-variant-numeric:tabular-nums}
.gap{fill:var(--soft);font-size:11px}
.glyph{fill:none;stroke:currentColor;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}
.mark{color:var(--neutral);cursor:pointer;text-decoration:none}
.mark .body{fill:var(--card);stroke:currentColor;stroke-width:1.5}
.mark-text{fill:currentColor;font-weight:650;font-size:12.5px;font-variant-numeric:tabular-nums}
.mark-call.is-consume,.mark-call.is-reject{color:var(--on-done)}
.mark-call.is-consume .body{fill:var(--done);stroke:var(--done)}
.mark-call.is-reject .body{fill:var(--reject);stroke:var(--reject)}
.mark-call.is-skip{color:var(--skip)}
.mark-call.is-skip .body{stroke-dasharray:4 2.5}
.mark-call.is-failed,.mark-crashed,.mark-fault,.mark-lost{color:var(--fail)}
.mark-call.is-late .body{fill:var(--card);stroke:var(--neutral);stroke-dasharray:4 2.5}
.mark-call.is-late{color:var(--neutral)}
.mark-commit{color:var(--on-commit)}
.mark-commit .body{fill:var(--commit);stroke:var(--commit)}
.mark-commit:not(.is-acknowledged){color:var(--commit)}
.mark-commit:not(.is-acknowledged) .body{fill:var(--card);stroke-dasharray:4 2.5}
.mark-commit:not(.is-acknowledged) .glyph{color:var(--fail)}
.mark-send{color:var(--commit)}
.mark-written{color:var(--ink)}
.mark-written .body{stroke:var(--neutral)}
.mark.violates{color:var(--on-alarm)}
.mark.violates .body{fill:var(--alarm);stroke:var(--alarm)}
.mark.violates .glyph{color:var(--on-alarm)}
.mark:focus{outline:none}
.mark.shown .body{stroke-width:3}
.mark:focus-visible .body{stroke:var(--ink);stroke-width:3.5}
.mark:hover .body{stroke-width:3}
.violation-line{stroke:var(--alarm);stroke-width:2}
.violation-flag{fill:var(--alarm)}
.violation-text{fill:var(--on-alarm);font-weight:680;font-size:12.5px;font-variant-numeric:tabular-nums}
.danger{fill:var(--alarm-soft);opacity:.75}
.danger-end{stroke:var(--alarm);stroke-width:1.5;stroke-dasharray:5 3}
.hatch{fill:var(--hatch)}
.line-committed,.line-safe,.line-end{fill:none;stroke-linejoin:round}
.line-committed{stroke:var(--ink);stroke-width:2.5}
.line-safe{stroke:var(--done);stroke-width:2.5;stroke-dasharray:6 3}
.line-end{stroke:var(--neutral);stroke-width:1.5;stroke-dasharray:1.5 3}
.overshoot{fill:var(--alarm);opacity:.22}
.step-dot{fill:var(--ink)}
.plot-note{fill:var(--soft);font-size:12px}
.line-name{font-size:12px;font-weight:650;paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.name-committed{fill:var(--ink)}
.name-safe{fill:var(--done)}
.detail{margin-top:.75rem;min-height:5.4rem;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--alarm);border-radius:6px;padding:.6rem 1rem .7rem}
.detail-time{font:500 .8125rem var(--mono);color:var(--soft)}
.detail-list{display:flex;flex-wrap:wrap;gap:.1rem 1.5rem;font-size:.8125rem;color:var(--soft)}
.detail-list div{display:flex;gap:.4rem}
.detail-list dt::after{content:":"}
.detail-list dd{color:var(--ink)}
summary{cursor:pointer;font-weight:620;font-size:.9375rem;width:fit-content}
.legend{margin-top:.9rem}
.legend summary{font-size:.8125rem;color:var(--soft)}
.legend ul{list-style:none;padding:0;margin-top:.5rem;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(17rem,100%),1fr));gap:.3rem 1.25rem;font-size:.8125rem;color:var(--soft)}
.legend li{display:flex;gap:.6rem;align-items:center;line-height:1.3}
.legend svg{flex:none;font:12px var(--text)}
.plan{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem 1rem;font-size:.9rem;box-shadow:var(--shadow)}
.plan ol{padding-left:1.35rem;margin:.7rem 0;display:grid;gap:.45rem}
.plan li::marker{color:var(--soft);font-variant-numeric:tabular-nums}
.plan li small{display:block;color:var(--fail);font-size:.8125rem}
.plan .plan-fault span,.plan .plan-crash span{color:var(--fail);font-weight:600}
.plan-ending{font-size:.875rem;margin-bottom:.6rem}
.plan details{margin-top:.6rem}
.plan summary{font-size:.8125rem;color:var(--soft)}
pre{overflow:auto;max-height:22rem;background:var(--faint);padding:.7rem;border-radius:6px;margin:.5rem 0 0;font-size:.75rem;line-height:1.45}
.scroll-hint{margin-top:.4rem;display:none;color:var(--ink)}
.scroll-hint.needed{display:block}
.more-right .chart-scroll{box-shadow:inset -12px 0 10px -10px var(--tick)}
.more-left .chart-scroll{box-shadow:inset 12px 0 10px -10px var(--tick)}
.more-left.more-right .chart-scroll{box-shadow:inset -12px 0 10px -10px var(--tick),inset 12px 0 10px -10px var(--tick)}
.left-out{margin-top:.75rem}
.table-scroll{overflow-x:auto;margin-top:.75rem;background:var(--card);border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:.875rem;line-height:1.45}
th,td{text-align:left;padding:.45rem .8rem;border-bottom:1px solid var(--line);vertical-align:top}
tbody tr:last-child>*,tfoot tr>*{border-bottom:0}
tfoot tr>*{border-top:2px solid var(--line);font-weight:620}
thead th{font-weight:600;color:var(--soft);font-size:.8125rem;white-space:nowrap;vertical-align:bottom}
th[scope=row]{font-weight:620;min-width:11rem}
th[scope=row] small{display:block;font-weight:400;color:var(--soft);font-size:.8125rem}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.zero{color:var(--soft)}
.held{color:var(--good);white-space:nowrap}
.broke{color:var(--alarm-ink);font-weight:650;white-space:nowrap}
tr.violates>*{background:var(--alarm-soft)}
tr:target>*{background:var(--hold)}
.command{display:flex;gap:.75rem;align-items:center;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.65rem .9rem;margin:.6rem 0}
.command code{flex:1;min-width:0;overflow-x:auto;font-size:.9375rem;line-height:1.7}
.command code span{white-space:nowrap}
.replay p{max-width:80ch}
.replay p+p,.command+p{margin-top:.6rem}
button{font:600 .8125rem var(--text);color:inherit;background:var(--faint);border:1px solid var(--line);border-radius:6px;padding:.35rem .8rem;cursor:pointer}
button:hover{border-color:var(--neutral)}
.suite h2{font-size:1.35rem;font-weight:680}
.suite>.small{margin-top:.6rem}
.promises{margin-top:1rem}
.promises summary{width:auto}
.promises>.small{margin-top:.5rem}
footer{padding-block:0 2.5rem;font-size:.8125rem;color:var(--soft)}
@media (max-width:1000px){.lanes-and-plan,.columns,.advice{grid-template-columns:minmax(0,1fr)}}
@media (max-width:640px){
body{font-size:15.5px}
.banner-in{grid-template-columns:1fr}
.figures{white-space:normal}
.facts{grid-auto-flow:row;grid-template-columns:repeat(2,minmax(0,1fr))}
.fact-cost,.fact:last-child:nth-child(even){grid-column:1/-1}
.fact{padding-inline:.8rem}
.scroll-hint{display:block}
.suite-table,.suite-table tbody,.suite-table tfoot,.suite-table tr{display:block}
.suite-table thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.suite-table tr{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:.5rem .75rem;padding:.8rem;border-bottom:1px solid var(--line)}
.suite-table tbody:last-child tr:last-child,.suite-table tfoot tr{border-bottom:0}
.suite-table tr>*{padding:0;border:0!important;min-width:0}
.suite-table th[scope=row],.suite-table .result{grid-column:1/-1}
.suite-table .result:empty{display:none}
.suite-table .number{text-align:left;font-weight:620;white-space:normal}
.suite-table .number::before{content:attr(data-title);display:block;font-weight:400;font-size:.75rem;color:var(--soft)}
.step{grid-template-columns:minmax(0,1fr);gap:0;padding-left:1.4rem}
.step time{text-align:left;line-height:1.5}
.step::before{left:.3rem}
.step::after{left:calc(.3rem - 4px);top:.6rem}
.step-violation,.step-risk{padding:.5rem .7rem .5rem 1.4rem}
.step-risk::before{left:calc(.3rem - 1.5px)}
.step-risk::after{left:calc(.3rem - 5.5px);top:.8rem}
.step-violation::after{top:.85rem}
.chart{grid-template-columns:5.6rem minmax(0,1fr)}
.lane-label{padding:0 .3rem 0 .55rem}
.lane-work .lane-name,.lane-work .lane-small{padding-left:0}
.lane-small{white-space:normal!important;font-size:.6875rem;line-height:1.2}
.command{flex-direction:column;align-items:stretch}
}
@media (forced-colors:active){.mark .body,.record rect{stroke:CanvasText}.mark.violates .body,.violation-flag,.badge{fill:Highlight;background:Highlight;forced-color-adjust:none}}
@media print{.chart-scroll,.table-scroll,.snapshot-scroll{overflow:visible}button,.skip{display:none}details>*{display:block}}
`;
