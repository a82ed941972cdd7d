//! Reads back which provider runs which node of a session.
//!
//! ONNX Runtime 1.24 and newer record it under `session.record_ep_graph_assignment_info`.
//! What is counted are the nodes at the time of the assignment, before the last fusions.
//!
//! Must not know: how sessions are made.
#![expect(unsafe_code, reason = "the crate `ort` has no safe call for it")]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::ptr;

use ort::AsPointer as _;
use ort::session::Session;
use ort::sys;

use crate::engine::infer::{Device, FallenNode, Placement};

/// A node and the provider that runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assigned {
    pub(super) provider: String,
    pub(super) name: String,
    pub(super) op: String,
}

/// Counts the nodes by provider and lists those that `device`'s own left to others.
pub(super) fn placement(engine: String, device: Device, nodes: Vec<Assigned>) -> Placement {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for node in &nodes {
        *counts.entry(node.provider.clone()).or_default() += 1;
    }
    let mut providers: Vec<(String, usize)> = counts.into_iter().collect();
    providers.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let own = device.provider();
    let fallen = nodes
        .into_iter()
        .filter(|node| device != Device::Cpu && node.provider != own)
        .map(|Assigned { name, op, .. }| FallenNode { name, op })
        .collect();
    Placement {
        engine,
        device,
        providers,
        fallen,
    }
}

/// A list as ONNX Runtime hands it out: a pointer to the first of `len` pointers.
type List<T> = (*const *const T, usize);

/// Every node of the session with its provider.
pub(super) fn nodes(session: &Session) -> ort::Result<Vec<Assigned>> {
    let api = ort::api();
    let mut all = Vec::new();
    let groups = list(|first, len| {
        // SAFETY: the session lives; both places are written by the call.
        unsafe { (api.Session_GetEpGraphAssignmentInfo)(session.ptr(), first, len) }
    })?;
    for group in items(groups) {
        // SAFETY: `group` belongs to the session, which lives.
        let provider = text(|out| unsafe { (api.EpAssignedSubgraph_GetEpName)(group, out) })?;
        let members = list(|first, len| {
            // SAFETY: as above.
            unsafe { (api.EpAssignedSubgraph_GetNodes)(group, first, len) }
        })?;
        for node in items(members) {
            all.push(Assigned {
                provider: provider.clone(),
                // SAFETY: `node` belongs to the session, which lives.
                name: text(|out| unsafe { (api.EpAssignedNode_GetName)(node, out) })?,
                // SAFETY: as above.
                op: text(|out| unsafe { (api.EpAssignedNode_GetOperatorType)(node, out) })?,
            });
        }
    }
    Ok(all)
}

fn check(status: sys::OrtStatusPtr) -> ort::Result<()> {
    // SAFETY: the status comes straight from a call and is used once.
    unsafe { ort::Error::result_from_status(status) }
}

fn list<T>(
    call: impl FnOnce(*mut *const *const T, *mut usize) -> sys::OrtStatusPtr,
) -> ort::Result<List<T>> {
    let (mut first, mut len) = (ptr::null(), 0);
    check(call(&raw mut first, &raw mut len))?;
    Ok((first, len))
}

fn items<T>((first, len): List<T>) -> Vec<*const T> {
    if first.is_null() || len == 0 {
        return Vec::new();
    }
    // SAFETY: ONNX Runtime handed out `len` pointers at `first`, which live as long as the session.
    unsafe { std::slice::from_raw_parts(first, len) }.to_vec()
}

fn text(call: impl FnOnce(*mut *const c_char) -> sys::OrtStatusPtr) -> ort::Result<String> {
    let mut out = ptr::null();
    check(call(&raw mut out))?;
    if out.is_null() {
        return Ok(String::new());
    }
    // SAFETY: not null; a C string that lives as long as the session.
    Ok(unsafe { CStr::from_ptr(out) }
        .to_string_lossy()
        .into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_left_to_others_are_counted() {
        let node = |provider: &str, op: &str| Assigned {
            provider: provider.to_owned(),
            name: String::new(),
            op: op.to_owned(),
        };
        let nodes = vec![
            node("CPUExecutionProvider", "Shape"),
            node("CUDAExecutionProvider", "Conv"),
            node("CUDAExecutionProvider", "Relu"),
        ];
        let placed = placement("E".to_owned(), Device::Cuda(0), nodes.clone());
        assert_eq!(placed.providers[0], ("CUDAExecutionProvider".to_owned(), 2));
        assert_eq!(placed.fallen.len(), 1);
        assert_eq!(placed.fallen[0].op, "Shape");
        assert_eq!(placed.to_string(), "E on cuda:0 (of 3 nodes 1 on CPU)");
        let placed = placement("E".to_owned(), Device::TensorRt(0), nodes.clone());
        assert_eq!(placed.fallen.len(), 3);
        let told = "E on tensorrt:0 (of 3 nodes 2 on CUDA, 1 on CPU)";
        assert_eq!(placed.to_string(), told);
        assert_eq!(placed.elsewhere(), "2 on CUDA, 1 on CPU");
        assert!(
            placement("E".to_owned(), Device::Cpu, nodes)
                .fallen
                .is_empty()
        );
    }
}
