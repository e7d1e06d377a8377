-- The reading lead's open invitation: a rule that says whom it is for, when it holds, and what it proposes.

rule "watch-a-reading-group" {
  about  = "Our reading lead invites: watch one of the groups, and talk about it afterwards",
  source = "guide-2010/step-3",
  owner  = "Workforce development, an imaginary authority",
  competences = { "STL6" },
  families = { "learning-support" },
  when = function(need) return given(need.gap == 1, otherwise "the gap is more than one level") end,
  recommend = function() return peer_observation { priority = 70 } end,
}
