-- Health of a VoiceJob for Argo CD: argocd-cm, resource.customizations.health.voicejob.dev_VoiceJob
-- Tested on recorded statuses (tests/unit/chart/test_gitops.py).
local function condition(status, kind)
  for _, each in ipairs(status.conditions or {}) do
    if each.type == kind then
      return each
    end
  end
  return {}
end

local status = obj.status
if status == nil or status.phase == nil then
  return { status = "Progressing", message = "The operator has not looked at it yet" }
end
if status.observedGeneration ~= obj.metadata.generation and obj.metadata.generation ~= nil then
  return { status = "Progressing", message = "The operator has not seen the last change yet" }
end
local accepted = condition(status, "Accepted")
if accepted.status == "False" then
  return { status = "Degraded", message = accepted.message }
end
if status.phase == "Succeeded" then
  return { status = "Healthy", message = condition(status, "Complete").message }
end
if status.phase == "Failed" then
  return { status = "Degraded", message = condition(status, "Failed").message }
end
if status.phase == "Suspended" then
  return { status = "Suspended", message = "spec.suspend is true" }
end
local stalled = condition(status, "Stalled")
if stalled.status == "True" then
  return { status = "Progressing", message = stalled.message }
end
local progress = status.progress or {}
local told = status.phase
if status.phase == "Running" and progress.summary ~= nil then
  told = told .. " " .. progress.summary
elseif status.reason ~= nil then
  told = told .. ": " .. status.reason
end
return { status = "Progressing", message = told }
