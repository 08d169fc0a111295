//! work.rs: real work for a Rust program; a cycle of Rc is lost, a Box is leaked and kept.
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

struct Node {
    name: String,
    next: RefCell<Option<Rc<Node>>>,
}

fn grouped(count: u64) -> BTreeMap<String, Vec<u64>> {
    let mut groups = BTreeMap::new();
    for i in 0..count {
        groups.entry(format!("name {}", i * 7919 % 1009)).or_insert_with(Vec::new).push(i);
    }
    groups
}

fn lose_a_cycle() {
    let first = Rc::new(Node { name: "first of the cycle".to_string(), next: RefCell::new(None) });
    let second = Rc::new(Node { name: "second".to_string(), next: RefCell::new(Some(first.clone())) });
    *first.next.borrow_mut() = Some(second.clone());
    println!("{} {}", first.name, second.name);
}

static KEPT: Mutex<Option<&'static str>> = Mutex::new(None);

fn main() {
    let groups = grouped(200_000);
    println!("{} {:?}", groups.len(), groups["name 7"].len());
    let (sender, receiver) = mpsc::channel();
    let counts = Arc::new(Mutex::new(HashMap::new()));
    let threads: Vec<_> = (0..8u64).map(|number| {
        let (sender, counts) = (sender.clone(), counts.clone());
        thread::spawn(move || {
            let found = grouped(5_000 + number);
            *counts.lock().unwrap().entry(found.len()).or_insert(0) += 1;
            sender.send(found.values().map(|ids| ids.len()).sum::<usize>()).unwrap();
        })
    }).collect();
    drop(sender);
    println!("{} {:?}", receiver.iter().sum::<usize>(), counts.lock().unwrap().len());
    for thread in threads {
        thread.join().unwrap();
    }
    let mut queue = VecDeque::new();
    for i in 0..100_000u32 {
        queue.push_back(i.to_string());
        if queue.len() > 300 {
            queue.pop_front();
        }
    }
    std::panic::set_hook(Box::new(|_| ()));
    let caught = std::panic::catch_unwind(|| {
        let kept = vec![String::from("dropped while unwinding"); 10];
        if kept.len() == 10 {
            panic!("on purpose");
        }
    });
    println!("caught {}", caught.is_err());
    *KEPT.lock().unwrap() = Some(Box::leak("kept for ever".to_string().into_boxed_str()));
    lose_a_cycle();
}
