// Package healthfile keeps the health file of each resident: what is known of them
// beside what is measured. It is made of entries, each of a kind with a body of its
// own (a condition, an allergy, a medicine). Nothing is edited away: a change, an end
// and a withdrawal are versions, and the file as a whole has a version that each of
// them makes greater by one, so that it can be read as it was.
//
// Fields and choices follow the basic information form of the resident health record
// of China's national public health services (国家基本公共卫生服务规范, third edition,
// 个人基本信息表), where it has them.
package healthfile
