use std::collections::{BTreeMap,BTreeSet};
use cashline_core::{category::categoriser::{Categoriser, Memo},row::AccountCategory};
use cashline_synth::{Preset, Spec, cases};
fn main(){
 let spec = Spec { preset: Preset::Mixed, ..Spec::new(11, 400) };
 let rows: Vec<(String, i64)> = cases(&spec).flat_map(|case| case.transactions.into_iter().map(|row| (row.description, row.amount)).collect::<Vec<_>>()).collect();
 let c=Categoriser::builtin();
 let mut raw=BTreeSet::new(); let mut norm=BTreeSet::new(); let mut open:BTreeMap<String,usize>=BTreeMap::new();
 for (t,a) in &rows {
  raw.insert((t.bytes().map(|b| if b.is_ascii_digit(){b'0'}else{b}).collect::<Vec<_>>(),*a>0));
  norm.insert((c.explain(t,*a,AccountCategory::Cash).normalised,*a>0));
  let mut m=Memo::default(); let _=c.label(&mut m,t,*a,AccountCategory::Cash); let l=c.label(&mut m,t,*a,AccountCategory::Cash);
  if m.hits_and_misses().0==0 { *open.entry(c.rule(l.rule).map_or("none".into(),|r|r.id.clone())).or_default()+=1; }
  let _ = l;
 if raw.len()>1 && open.values().sum::<usize>()>3000 {break;}
 }
 println!("raw {} norm {} {:?}",raw.len(),norm.len(),open);
 let (mut raw,mut norm)=(BTreeSet::new(),BTreeSet::new());
 for (t,a) in rows.iter().take(200000) { raw.insert((t.bytes().map(|b| if b.is_ascii_digit(){b'0'}else{b}).collect::<Vec<_>>(),*a>0)); norm.insert((c.explain(t,*a,AccountCategory::Cash).normalised,*a>0));}
 println!("raw {} norm {}",raw.len(),norm.len());
}
