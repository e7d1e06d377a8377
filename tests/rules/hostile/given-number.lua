-- a number is no condition: 0 would hold
-- expect: error given takes a condition
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school) return given(school:helpers(need), otherwise "nobody is here") end,
  recommend = function() return coaching {} end,
}
